/**
 * conmon's k8s-file format. A record is
 *   2026-01-02T03:04:05.123456789+00:00 stdout F text\n
 * with `F` when the text ended in a newline and `P` when it was cut where a read ended; the newline of a `P` record is
 * the format's, not the container's. With the shim in UTC the part before the text is always equally long.
 */
import type { OutputStream } from '../task.ts';

/** Time stamp, blank, stream, blank, flag, blank. */
export const HEADER_LENGTH = 45;
const TIME_LENGTH = 29;
/** `stdout` and `stderr` differ from their fourth letter on. */
const STREAM_AT = 39;
const FLAG_AT = 43;
const LETTER_E = 0x65;
const LETTER_F = 0x46;
const LETTER_O = 0x6f;
const LETTER_P = 0x50;
const BLANK = 0x20;

export const NEWLINE = 0x0a;

export function streamAt(block: Uint8Array, record: number): OutputStream {
  return block[record + STREAM_AT] === LETTER_E ? 'stderr' : 'stdout';
}

/** The usual record: of this stream, laid out as above, and with a newline of the container's own. */
export function isWhole(block: Uint8Array, record: number, stream: OutputStream): boolean {
  return (
    block[record + STREAM_AT] === (stream === 'stderr' ? LETTER_E : LETTER_O) &&
    block[record + FLAG_AT] === LETTER_F &&
    block[record + FLAG_AT - 1] === BLANK &&
    block[record + FLAG_AT + 1] === BLANK
  );
}

export function isPartial(block: Uint8Array, record: number): boolean {
  return block[record + FLAG_AT] === LETTER_P;
}

/** `2026-01-02T03:04:05.123456789`: as texts, these compare as the times do. */
export function timeText(block: Buffer, record: number): string {
  return block.toString('latin1', record, record + TIME_LENGTH);
}

/** The same for a wall clock in nanoseconds. */
export function timeTextOf(nano: bigint): string {
  const seconds = new Date(Number(nano / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nano % 1_000_000_000n).padStart(9, '0')}`;
}
