/** Reads a container's log back as Docker's stream: over rotated files, from the end, between times, and following. */
import type { Encode, MessageHead } from '../task.ts';
import { LogDecoder } from './decode.ts';
import { LogFiles } from './files.ts';
import { findTail } from './tail.ts';

export interface ReadLogOptions {
  stdout: boolean;
  stderr: boolean;
  /** Only the last so many lines. */
  tail?: number;
  /** Wall clock, nanoseconds, both included. */
  since?: bigint;
  until?: bigint;
  /** An RFC 3339 time stamp before each line. */
  timestamps?: boolean;
  /** Stands before each line, behind the time stamp. */
  details?: string;
  /** Each run of one stream's bytes is put through it. */
  encode?: Encode;
  /** Stands before each message: a line, or 16 KiB of a longer one. */
  head?: MessageHead;
  /** Go on as the log grows until this resolves (the container has ended); the rest is read then. */
  follow?: Promise<unknown>;
  /** Ends the reading without an error: the client is gone. */
  signal?: AbortSignal;
}

const BLOCK = 256 * 1024;

/**
 * Chunks in order, each owned by the receiver. The bytes are those that the container wrote; lines over
 * 16 KiB are several messages, each with a head and a time stamp of its own if asked for, as Docker cuts them. No log: no chunks.
 */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<Uint8Array> {
  const files = LogFiles.open(path);
  const watch = options.follow && files.watch(AbortSignal.any(signalsOf(options)));
  try {
    if (options.tail !== undefined) await findTail(files, options.tail);
    const decoder = new LogDecoder(options);
    let ended = false;
    options.follow?.then(
      () => watch?.wake(true),
      () => watch?.wake(true),
    );
    for (;;) {
      yield* readOn(files, decoder, options.signal);
      if (ended || !watch || decoder.isOver || options.signal?.aborted) return;
      ended = await watch.changed();
    }
  } finally {
    watch?.close();
    files.close();
  }
}

/** `until` is a moment like any other at which a reader that follows can stop. */
function signalsOf({ signal, until }: ReadLogOptions): AbortSignal[] {
  const signals = signal ? [signal] : [];
  if (until === undefined) return signals;
  const left = Number(until / 1_000_000n) - Date.now();
  return [...signals, AbortSignal.timeout(Math.max(0, Math.min(left, 0x7fffffff)))];
}

/**
 * Everything that is there now. A record cut by the end of a block is kept for the next, which a thread reads while
 * this one is decoded.
 */
async function* readOn(
  files: LogFiles,
  decoder: LogDecoder,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(BLOCK);
  let other = Buffer.allocUnsafe(BLOCK);
  let reading = files.read(block);
  try {
    for (;;) {
      const length = await reading;
      const records = block.lastIndexOf(0x0a, length - 1) + 1;
      if (length === 0 || records === 0) {
        if (!files.next(length)) return;
        reading = files.read(block);
        continue;
      }
      files.consume(records);
      reading = files.read(other);
      yield* decoder.decode(block.subarray(0, records));
      if (decoder.isOver || signal?.aborted) return;
      [block, other] = [other, block];
    }
  } finally {
    // Nobody closes a file that a thread is reading.
    await reading.catch(() => {});
  }
}
