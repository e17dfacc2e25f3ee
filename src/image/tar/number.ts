/** Numbers in the blocks of an archive, and the times they stand for. */
import { invalidArgument } from '../../core/errors.ts';

/** As Docker has it, what Go cannot count in nanoseconds is of 1970. Times before that stay, as a layer is packed again. */
export function boundTime(nano: bigint): bigint {
  return nano > INT64_MAX || nano < -INT64_MAX ? 0n : nano;
}

export const INT64_MAX = 2n ** 63n - 1n;

/** A number that is safe in a double; beyond 2^53 is refused. */
export function number(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) === 0) return octal(block, offset, length);
  const value = Number(base256(block, offset, length));
  if (!Number.isSafeInteger(value)) throw tooLarge();
  return value;
}

/** A number of 64 bits. */
export function integer(block: Buffer, offset: number, length: number): bigint {
  const first = block[offset] ?? 0;
  if ((first & 0x80) === 0) return BigInt(octal(block, offset, length));
  const value = base256(block, offset, length);
  if (value > INT64_MAX || value < -INT64_MAX) throw tooLarge();
  return value;
}

function octal(block: Buffer, offset: number, length: number): number {
  let value = 0;
  let at = offset;
  while (at < offset + length && (block[at] === 0x20 || block[at] === 0)) at++;
  for (; at < offset + length; at++) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit === -0x10 || digit === -0x30) break;
    if (digit < 0 || digit > 7) throw invalidArgument('archive/tar: invalid number in a header');
    value = value * 8 + digit;
  }
  return value;
}

/** GNU's form, where the first bit is set. */
function base256(block: Buffer, offset: number, length: number): bigint {
  let value = 0n;
  for (let i = 0; i < length; i++) {
    const byte = block[offset + i] ?? 0;
    value = value * 256n + BigInt(i === 0 ? byte & 0x7f : byte);
  }
  // Two's complement without the marking bit: bit 6 of the first byte is the sign.
  const isNegative = ((block[offset] ?? 0) & 0x40) !== 0;
  return isNegative ? value - (1n << BigInt(length * 8 - 1)) : value;
}

const tooLarge = () => invalidArgument('archive/tar: a number in a header is too large');
