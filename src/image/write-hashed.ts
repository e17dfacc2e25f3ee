/** Writes a stream to a file and hashes it on the way, with little in memory: while one batch is written, the next comes. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Digest, digestOfHex } from '../core/digest.ts';
import { EngineError, invalidArgument } from '../core/errors.ts';

export interface WriteOptions {
  /** More bytes than this are refused. */
  limit?: number;
  /**
   * Memory of the source's buffers that nobody else holds: it is given back as soon as they are written. Without this
   * it waits for the garbage collector, which lets 64 MB of buffers come together before it runs.
   */
  own?: OwnMemory;
  /** Told how many bytes of the stream are in the file. */
  onWritten?: (bytes: number) => void;
  signal?: AbortSignal;
}

export type OwnMemory = WeakSet<ArrayBufferLike>;

/** Notes a buffer's memory, if it is the buffer's alone: pieces of Node's shared pool are smaller than what they lie in. */
export function claim(own: OwnMemory, { buffer, length }: Buffer): void {
  if (length === buffer.byteLength) own.add(buffer);
}

const BATCH = 512 * 1024;

export async function writeHashed(
  source: Readable,
  file: FileHandle,
  { limit = Infinity, ...options }: WriteOptions,
): Promise<{ digest: Digest; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  await writeStream(source, file, options, (chunk) => {
    size += chunk.length;
    if (size > limit) throw invalidArgument(`more than ${limit} bytes`);
    hash.update(chunk);
  });
  return { digest: digestOfHex(hash.digest('hex')), size };
}

/** `onChunk` sees each chunk before it is written, and may throw. What came before a failure is in the file. */
export async function writeStream(
  source: Readable,
  file: FileHandle,
  { signal, ...options }: Omit<WriteOptions, 'limit'>,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const batches = new BatchWriter(file, options);
  try {
    for await (const chunk of source) {
      if (signal?.aborted) throw new EngineError('cancelled', 'the transfer was cancelled');
      onChunk(chunk);
      await batches.add(chunk);
    }
  } finally {
    await batches.finish();
  }
}

/** While one batch is being written, the next comes together. */
class BatchWriter {
  readonly #file: FileHandle;
  readonly #options: Pick<WriteOptions, 'own' | 'onWritten'>;
  #batch: Buffer[] = [];
  #batched = 0;
  #written = 0;
  #writing: Promise<void> | undefined;

  constructor(file: FileHandle, options: Pick<WriteOptions, 'own' | 'onWritten'>) {
    this.#file = file;
    this.#options = options;
  }

  /** Resolves when there is room for another. */
  async add(chunk: Buffer): Promise<void> {
    this.#batch.push(chunk);
    this.#batched += chunk.length;
    if (this.#writing && this.#batched >= BATCH) await this.#writing;
    this.#begin();
  }

  async finish(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  #begin(): void {
    if (this.#writing || this.#batched === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batched = 0;
    this.#writing = this.#write(batch);
    // Whoever awaits it next sees the failure.
    this.#writing.catch(() => {});
  }

  async #write(batch: Buffer[]): Promise<void> {
    const size = batch.reduce((sum, { length }) => sum + length, 0);
    await writeBatch(this.#file, batch, this.#options.own);
    this.#written += size;
    this.#options.onWritten?.(this.#written);
    this.#writing = undefined;
    this.#begin();
  }
}

/** writev(2) may write less than all of it. */
async function writeBatch(file: FileHandle, batch: Buffer[], own?: OwnMemory): Promise<void> {
  let left = batch;
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left);
    left = afterBytes(left, bytesWritten);
  }
  if (own) for (const chunk of batch) free(chunk, own);
}

function afterBytes(chunks: Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  const at = chunks.findIndex((chunk) => {
    if (skip < chunk.length) return true;
    skip -= chunk.length;
    return false;
  });
  if (at < 0) return [];
  const [first, ...rest] = chunks.slice(at);
  return first ? [first.subarray(skip), ...rest] : [];
}

/** Memory is done with when its last byte is: what lies before it came earlier. */
function free({ buffer, byteOffset, length }: Buffer, own: OwnMemory): void {
  const isLast = byteOffset + length === buffer.byteLength;
  if (isLast && own.has(buffer) && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
