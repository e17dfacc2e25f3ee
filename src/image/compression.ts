/** Which compression a stream has, told by its first bytes, and its decompression. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type Duplex, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { throughProgram } from './inflate-program.ts';
import { claim, type OwnMemory } from './write-hashed.ts';

/** What a layer in the store may have (OCI image spec, "Layer Media Types"). */
export type LayerCompression = 'none' | 'gzip' | 'zstd';

/** What an archive from outside may have. */
export type Compression = LayerCompression | 'bzip2' | 'xz';

/** Bytes needed by `compressionOf`. */
export const MAGIC_LENGTH = 6;

/** gzip: RFC 1952, 2.3.1; zstd: RFC 8878, 3.1.1, and skippable frames, 3.1.2; xz: its file format, 2.1.1.1. */
export function compressionOf(start: Uint8Array): Compression {
  const hex = Buffer.from(start.subarray(0, MAGIC_LENGTH)).toString('hex');
  if (hex.startsWith('1f8b')) return 'gzip';
  if (hex.startsWith('28b52ffd') || /^5[0-9a-f]2a4d18/.test(hex)) return 'zstd';
  if (hex.startsWith('425a68')) return 'bzip2';
  return hex === 'fd377a585a00' ? 'xz' : 'none';
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

export function isLayerCompression(compression: Compression): compression is LayerCompression {
  return compression !== 'bzip2' && compression !== 'xz';
}

/** Undefined when there is nothing to do. */
export function decompressor(compression: Compression, chunkSize = 256 * 1024): Duplex | undefined {
  switch (compression) {
    case 'none':
      return undefined;
    case 'gzip':
      return createGunzip({ chunkSize });
    case 'zstd':
      return createZstdDecompress({ chunkSize });
    default:
      return throughProgram(compression);
  }
}

/**
 * The stream's plain bytes, whatever its compression; `taken` says how many packed ones have been read. Errors of the
 * source reach the reader. `own`: the source's buffers are nobody else's, which is noted there, for what comes out as
 * well.
 */
export async function decompressed(
  source: Readable,
  own?: OwnMemory,
): Promise<{ plain: Readable; compression: Compression; taken: () => number }> {
  const { start, whole, taken } = await peek(source, MAGIC_LENGTH, own);
  const compression = compressionOf(start);
  const inflate = decompressor(compression);
  if (!inflate) return { plain: whole, compression, taken };
  whole.once('error', (error) => inflate.destroy(error));
  inflate.once('close', () => whole.destroy());
  return { plain: whole.pipe(inflate), compression, taken };
}

/** The stream as it is if a layer may be stored so; else its plain bytes. `own`: as for `decompressed`. */
export async function asLayer(
  source: Readable,
  own?: OwnMemory,
): Promise<{ data: Readable; compression: LayerCompression }> {
  const { start, whole } = await peek(source, MAGIC_LENGTH, own);
  const compression = compressionOf(start);
  if (isLayerCompression(compression)) return { data: whole, compression };
  return { data: (await decompressed(whole)).plain, compression: 'none' };
}

/** The first `length` bytes (fewer at the end), and a stream that still has them. */
async function peek(
  source: Readable,
  length: number,
  own?: OwnMemory,
): Promise<{ start: Buffer; whole: Readable; taken: () => number }> {
  const chunks = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < length) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value as Uint8Array]);
  }
  let taken = start.length;
  const onChunk = (chunk: Buffer) => {
    taken += chunk.length;
    if (own) claim(own, chunk);
  };
  const whole = Readable.from(resume(start, chunks, onChunk), { objectMode: false });
  return { start, whole, taken: () => taken };
}

async function* resume(
  start: Buffer,
  rest: AsyncIterator<Buffer>,
  onChunk: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      onChunk(next.value);
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
