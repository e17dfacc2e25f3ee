// Files with holes as GNU tar packs them (format 1.0, "Storing Sparse Files" in its manual): the data begins with a map
// in decimal lines, number of chunks, then offset and length of each, padded to a block; then come the chunks.

import { blockSize } from './header.ts';

/** More chunks than any file of ours has; the map is held in memory. */
const mapMax = 1 << 24;

/** The file's bytes, zeros where it has holes. */
export async function* withHoles(data: AsyncGenerator<Buffer>, realSize: number): AsyncGenerator<Buffer> {
  const { chunks, rest } = await readMap(data);
  let [held, at] = [rest, 0];
  for (const { offset, length } of chunks) {
    if (offset < at || offset + length > realSize)
      throw new Error('archive/tar: invalid map of a sparse file');
    yield* zeros(offset - at);
    for (let left = length; left > 0; ) {
      if (held.length === 0) held = await next(data);
      const piece = held.subarray(0, left);
      held = held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
    at = offset + length;
  }
  yield* zeros(realSize - at);
}

interface SparseMap {
  chunks: { offset: number; length: number }[];
  /** Data that came with the end of the map. */
  rest: Buffer;
}

async function readMap(data: AsyncGenerator<Buffer>): Promise<SparseMap> {
  let seen = await next(data);
  const numbers: number[] = [];
  let end = 0;
  for (let wanted = 1; numbers.length < wanted; ) {
    const line = seen.indexOf(10, end);
    if (line < 0) {
      if (seen.length > mapMax) throw new Error('archive/tar: the map of a sparse file is too long');
      seen = Buffer.concat([seen, await next(data)]);
      continue;
    }
    const text = seen.toString('latin1', end, line);
    if (!/^\d{1,16}$/.test(text)) throw new Error('archive/tar: invalid map of a sparse file');
    numbers.push(Number(text));
    end = line + 1;
    wanted = 1 + 2 * (numbers[0] ?? 0);
  }
  const length = Math.ceil(end / blockSize) * blockSize;
  while (seen.length < length) seen = Buffer.concat([seen, await next(data)]);
  const [, ...pairs] = numbers;
  const chunks = pairs.flatMap((offset, index) =>
    index % 2 === 0 ? [{ offset, length: pairs[index + 1] ?? 0 }] : [],
  );
  return { chunks, rest: seen.subarray(length) };
}

async function next(data: AsyncGenerator<Buffer>): Promise<Buffer> {
  const { value, done } = await data.next();
  if (done) throw new Error('unexpected EOF');
  return value;
}

function* zeros(count: number): Generator<Buffer> {
  const block = Buffer.alloc(Math.min(count, 1 << 16));
  for (let left = count; left > 0; left -= block.length) yield block.subarray(0, left);
}
