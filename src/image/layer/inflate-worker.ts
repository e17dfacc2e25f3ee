/**
 * The first thread of unpacking: reads a blob, inflates it, hashes what comes out, and hands that to the ring.
 * Inflating is libuv's pool's work, the hash is this thread's.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import { digestOfHex } from '../../core/digest.ts';
import { invalidArgument } from '../../core/errors.ts';
import { compressionOf, decompressor, MAGIC_LENGTH } from '../compression.ts';
import { everySoOften } from '../progress.ts';
import { type BlobReader, openBlob } from './growing-file.ts';
import { END, type Inflated, type InflateJob, type Outcome, type Reading } from './job.ts';
import type { LayerLimits } from './limits.ts';
import { failure } from './outcome.ts';
import { abortRing, RingWriter } from './ring.ts';

const CHUNK = 256 * 1024;

parentPort?.on('message', async (job: InflateJob | typeof END) => {
  if (job === END) return parentPort?.close();
  let outcome: Outcome<Inflated>;
  try {
    outcome = { value: await inflate(job) };
  } catch (error) {
    outcome = failure(error);
    abortRing(job.memory);
  }
  parentPort?.postMessage(outcome);
});

async function inflate({ blob, limits, memory }: InflateJob): Promise<Inflated> {
  const ring = new RingWriter(memory);
  const plainHash = createHash('sha256');
  let read = 0;
  let plainBytes = 0;
  const tell = everySoOften((bytes: number) => parentPort?.postMessage({ read: bytes } satisfies Reading));
  const take = (chunk: Buffer) => {
    plainBytes += chunk.length;
    if (plainBytes > limits.ratioFrom && plainBytes > read * limits.ratio) throw tooDense(limits);
    plainHash.update(chunk);
    ring.write(chunk);
  };
  await plainChunks(blob, take, (bytes) => {
    read += bytes;
    tell(read);
  });
  ring.end();
  return { diffId: digestOfHex(plainHash.digest('hex')), plainBytes };
}

/** Reads the file to its end. Memory: two chunks and zlib's window. */
async function plainChunks(
  blob: InflateJob['blob'],
  onPlain: (chunk: Buffer) => void,
  onRead: (bytes: number) => void,
): Promise<void> {
  const reader = openBlob(blob);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    let length = readStart(reader, buffer);
    const inflater = decompressor(compressionOf(buffer.subarray(0, length)), CHUNK);
    const ended = inflater && drain(inflater, onPlain);
    // Whoever awaits it sees the failure; that may be after the write that met it.
    ended?.catch(() => {});
    for (; length > 0; length = reader.read(buffer)) {
      const chunk = buffer.subarray(0, length);
      onRead(length);
      if (!inflater) onPlain(chunk);
      // A write that fails is the echo of what `ended` fails with.
      else await write(inflater, chunk).catch(() => ended);
    }
    inflater?.end();
    await ended;
  } finally {
    reader.close();
  }
}

/** Enough to tell the compression by, unless the file is shorter. */
function readStart(reader: BlobReader, buffer: Buffer): number {
  let length = 0;
  while (length < MAGIC_LENGTH) {
    const more = reader.read(buffer.subarray(length));
    if (more === 0) break;
    length += more;
  }
  return length;
}

/**
 * Resolves once zlib has taken the chunk, so that the buffer can be used again. A write that zlib fails in is never
 * called back (node:zlib, zlibOnError), so that the event counts.
 */
function write(inflater: Duplex, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    inflater.once('error', reject);
    inflater.write(chunk, (error) => {
      inflater.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function drain(inflater: Duplex, onPlain: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    inflater.on('data', (chunk: Buffer) => {
      try {
        onPlain(chunk);
        free(chunk);
      } catch (error) {
        inflater.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    inflater.on('end', resolve);
    inflater.on('error', reject);
  });
}

/**
 * Gives a buffer that zlib has filled to its end back to the system at once. Left to the garbage collector, which
 * counts 64 MB of such buffers before it runs, they would be most of what unpacking costs in memory.
 */
function free({ buffer, byteOffset, length }: Buffer): void {
  const whole = buffer.byteLength === CHUNK && byteOffset + length === CHUNK;
  if (whole && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function tooDense({ ratio }: LayerLimits) {
  return invalidArgument(`the layer unpacks to more than ${ratio} times its packed size`);
}
