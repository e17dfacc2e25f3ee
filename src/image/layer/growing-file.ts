/**
 * A file that is unpacked while it is still being written: the writer says how far it is, the thread that reads waits
 * for more. One word of shared memory tells both.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes from the file's beginning that may be read; with ENDED added there will be no more. */
const WORD = 0;
const ENDED = 2n ** 62n;
const FAILED = -1n;

export class GrowthFailed extends Error {
  constructor() {
    super('the rest of the file does not come');
  }
}

/** What crosses to the thread. The descriptor stays the writer's. */
export interface GrowingSource {
  fd: number;
  control: SharedArrayBuffer;
}

export class GrowingFile {
  readonly source: GrowingSource;
  readonly #word: BigInt64Array;

  /** `path`: exists, and may be renamed meanwhile. */
  constructor(path: string) {
    const control = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    this.#word = new BigInt64Array(control);
    this.source = { fd: openSync(path, 'r'), control };
  }

  /** So many bytes are there. None after some: it was begun anew, and what has been read is worth nothing. */
  grow(bytes: number): void {
    const before = Atomics.load(this.#word, WORD);
    if (before === FAILED) return;
    this.#set(BigInt(bytes) < before ? FAILED : BigInt(bytes));
  }

  end(): void {
    const bytes = Atomics.load(this.#word, WORD);
    if (bytes >= 0n && bytes < ENDED) this.#set(bytes + ENDED);
  }

  /** Nobody may be reading any more. */
  close(): void {
    closeSync(this.source.fd);
  }

  #set(value: bigint): void {
    Atomics.store(this.#word, WORD, value);
    Atomics.notify(this.#word, WORD);
  }
}

/** Wakes the reader, whose read then throws. From any thread. */
export function failGrowing({ control }: GrowingSource): void {
  const word = new BigInt64Array(control);
  Atomics.store(word, WORD, FAILED);
  Atomics.notify(word, WORD);
}

/** A blob as a thread reads it. */
export interface BlobReader {
  /** Blocks until there is something; 0 at the end. */
  read(buffer: Buffer): number;
  close(): void;
}

export function openBlob(blob: string | GrowingSource): BlobReader {
  if (typeof blob === 'string') {
    const fd = openSync(blob, 'r');
    return { read: (buffer) => readSync(fd, buffer), close: () => closeSync(fd) };
  }
  const word = new BigInt64Array(blob.control);
  let position = 0;
  const read = (buffer: Buffer) => {
    const there = waitBeyond(word, BigInt(position));
    const length = readSync(blob.fd, buffer, 0, Math.min(buffer.length, there - position), position);
    position += length;
    return length;
  };
  return { read, close: () => {} };
}

function waitBeyond(word: BigInt64Array, position: bigint): number {
  for (;;) {
    const value = Atomics.load(word, WORD);
    if (value === FAILED) throw new GrowthFailed();
    if (value >= ENDED) return Number(value - ENDED);
    if (value > position) return Number(value);
    Atomics.wait(word, WORD, value);
  }
}
