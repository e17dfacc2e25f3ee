/** Which compression a stream has, told by its first bytes, and its decompression. */
import { closeSync, openSync, readSync } from 'node:fs';
import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

import { claim, type OwnMemory } from './write-hashed.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Bytes needed by `compressionOf`. */
export const MAGIC_LENGTH = 4;

/** gzip: RFC 1952, 2.3.1; zstd: RFC 8878, 3.1.1, and skippable frames, 3.1.2. */
export function compressionOf(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd && start[0] === 0x28) return 'zstd';
  const skippable = start[0] !== undefined && start[0] >> 4 === 5;
  if (skippable && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18) return 'zstd';
  return 'none';
}

export function compressionOfFile(path: string): Compression {
  const start = Buffer.alloc(MAGIC_LENGTH);
  const fd = openSync(path, 'r');
  try {
    return compressionOf(start.subarray(0, readSync(fd, start)));
  } finally {
    closeSync(fd);
  }
}

/** Undefined when there is nothing to do. */
export function decompressor(compression: Compression, chunkSize = 256 * 1024): Transform | undefined {
  if (compression === 'gzip') return createGunzip({ chunkSize });
  if (compression === 'zstd') return createZstdDecompress({ chunkSize });
  return undefined;
}

/**
 * The stream's plain bytes, whatever its compression. Errors of the source reach the reader. `own`: the source's
 * buffers are nobody else's, which is noted there, for what comes out as well.
 */
export async function decompressed(
  source: Readable,
  own?: OwnMemory,
): Promise<{ plain: Readable; compression: Compression }> {
  const { start, whole } = await peek(source, MAGIC_LENGTH, own);
  const compression = compressionOf(start);
  const inflate = decompressor(compression);
  if (!inflate) return { plain: whole, compression };
  whole.once('error', (error) => inflate.destroy(error));
  inflate.once('close', () => whole.destroy());
  return { plain: whole.pipe(inflate), compression };
}

/** The first `length` bytes (fewer at the end), and a stream that still has them. */
async function peek(
  source: Readable,
  length: number,
  own?: OwnMemory,
): Promise<{ start: Buffer; whole: Readable }> {
  const chunks = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < length) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value as Uint8Array]);
  }
  return { start, whole: Readable.from(resume(start, chunks, own), { objectMode: false }) };
}

async function* resume(start: Buffer, rest: AsyncIterator<Buffer>, own?: OwnMemory): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      if (own) claim(own, next.value);
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
