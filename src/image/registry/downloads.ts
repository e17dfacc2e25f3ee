/**
 * Downloads blobs into the content store: one download for a digest however many ask, so many at a time, and what a
 * cut line or a cancelled pull leaves is kept as `ingest/<hex>.part` and continued.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open as openFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, digestOfHex, hexOf } from '../../core/digest.ts';
import { EngineError, invalidArgument } from '../../core/errors.ts';
import { Limit } from '../../core/limit.ts';
import { annotate, step } from '../../core/step.ts';
import type { ContentStore } from '../content-store.ts';
import type { Descriptor } from '../image.ts';
import { writeStream } from '../write-hashed.ts';
import { networkError } from './errors.ts';
import { isPassing, retrying } from './retry.ts';

/** Opens the blob from `offset` on; the answer may begin earlier, at 0. */
export type OpenBlob = (offset: number, signal: AbortSignal) => Promise<{ body: Readable; offset: number }>;

export interface DownloadRequest {
  blob: Descriptor;
  open: OpenBlob;
  onBytes: OnBytes;
  /** Told if others come first. */
  onWait?: () => void;
  signal?: AbortSignal;
}

/** Told how many bytes are in the file at `path`; 0 when it is begun, and when it had to be begun anew. */
export type OnBytes = (bytes: number, path: string) => void;

interface Running {
  done: Promise<void>;
  listeners: Set<OnBytes>;
  cancel: AbortController;
  waiting: number;
}

const PART = '.part';
/** A partial download that nobody came back for. */
const EXPIRY_MS = 3 * 24 * 3600_000;

export class Downloads {
  readonly #content: ContentStore;
  readonly #limit: Limit;
  readonly #running = new Map<Digest, Running>();

  constructor(content: ContentStore, parallel: number) {
    this.#content = content;
    this.#limit = new Limit(parallel);
  }

  /** Resolves once the blob is in the store, verified. Cancelled only when nobody waits any more. */
  async fetch(request: DownloadRequest): Promise<void> {
    const { blob, onBytes, onWait, signal } = request;
    const known = this.#running.get(blob.digest);
    if (!known && this.#limit.isFull) onWait?.();
    const running = known ?? this.#start(request);
    running.listeners.add(onBytes);
    running.waiting++;
    const leave = () => {
      if (--running.waiting === 0) running.cancel.abort();
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([running.done, aborted(signal)]);
    } finally {
      running.listeners.delete(onBytes);
      signal?.removeEventListener('abort', leave);
    }
  }

  /** Paths of partial downloads; `expired` ones only, or all that are not running. */
  partials(expired: boolean): string[] {
    const directory = this.#content.ingestDirectory;
    const running = new Set([...this.#running.keys()].map((digest) => `${hexOf(digest)}${PART}`));
    return readdirSync(directory)
      .filter((name) => name.endsWith(PART) && !running.has(name))
      .map((name) => join(directory, name))
      .filter((path) => !expired || Date.now() - statSync(path).mtimeMs > EXPIRY_MS);
  }

  #start({ blob, open }: DownloadRequest): Running {
    const cancel = new AbortController();
    const listeners = new Set<OnBytes>();
    const path = join(this.#content.ingestDirectory, `${hexOf(blob.digest)}${PART}`);
    const tell = (bytes: number) => {
      for (const listener of listeners) listener(bytes, path);
    };
    const done = this.#limit
      .run(() => this.#download(path, blob, open, tell, cancel.signal))
      .finally(() => this.#running.delete(blob.digest));
    done.catch(() => {});
    const running: Running = { done, listeners, cancel, waiting: 0 };
    this.#running.set(blob.digest, running);
    return running;
  }

  #download(
    path: string,
    blob: Descriptor,
    open: OpenBlob,
    tell: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { digest, size } = blob;
    return step('image.blob.download', { digest, size }, async () => {
      signal.throwIfAborted();
      const fetched = await fetchBlob(path, blob, open, tell, signal);
      // What was left of another time may have been the wrong part: that alone is no reason to give up.
      const found =
        fetched.resumed && fetched.digest !== digest
          ? await fetchBlob(path, blob, open, tell, signal)
          : fetched;
      if (found.digest !== digest) {
        throw invalidArgument(
          `filesystem layer verification failed for digest ${digest}: got ${found.digest}`,
        );
      }
      await this.#content.adopt(path, digest, size).commit();
    });
  }
}

/** Continues what is at `path`, or begins. The file is gone again if it is not what it should be. */
async function fetchBlob(
  path: string,
  blob: Descriptor,
  open: OpenBlob,
  tell: (bytes: number) => void,
  signal: AbortSignal,
): Promise<{ digest: Digest; resumed: boolean }> {
  const partial = await openPartial(path, blob.size);
  const resumed = partial.offset > 0;
  try {
    annotate({ resumedAt: partial.offset });
    tell(partial.offset);
    await fetchRest(partial, blob, open, tell, signal);
  } finally {
    await partial.file.close();
  }
  const digest = digestOfHex(partial.hash.digest('hex'));
  if (digest !== blob.digest) await rm(path, { force: true });
  return { digest, resumed };
}

interface Partial {
  file: FileHandle;
  /** Of the bytes before `offset`. */
  hash: Hash;
  offset: number;
}

/** What is there already is hashed again: nothing on disk is trusted for having been right once. */
async function openPartial(path: string, size: number): Promise<Partial> {
  const file = await openFile(path, 'a+', 0o600);
  const hash = createHash('sha256');
  const { size: there } = await file.stat();
  if (there > size) {
    await file.truncate(0);
    return { file, hash, offset: 0 };
  }
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  return { file, hash, offset: there };
}

/** As long as each line brings something, there is another: five in a row that bring nothing are the end. */
async function fetchRest(
  partial: Partial,
  { digest, size }: Descriptor,
  open: OpenBlob,
  tell: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  while (partial.offset < size) {
    const before = partial.offset;
    try {
      await retrying(
        () => fetchOnce(partial, size, digest, open, tell, signal),
        signal,
        (error) => {
          return isPassing(error) && partial.offset === before;
        },
      );
    } catch (error) {
      if (signal.aborted) throw new EngineError('cancelled', 'the download was cancelled', { cause: error });
      if (!isPassing(error) || partial.offset === before) throw error;
    }
  }
  tell(size);
}

async function fetchOnce(
  partial: Partial,
  size: number,
  digest: Digest,
  open: OpenBlob,
  tell: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { body, offset } = await open(partial.offset, signal);
  if (offset !== partial.offset) {
    await startOver(partial);
    tell(0);
  }
  const begin = partial.offset;
  const onWritten = (bytes: number) => {
    partial.offset = begin + bytes;
    tell(partial.offset);
  };
  let received = begin;
  try {
    await writeStream(body, partial.file, { onWritten }, (chunk) => {
      received += chunk.length;
      if (received > size) throw tooLong(digest, size);
      partial.hash.update(chunk);
    });
  } catch (error) {
    throw networkError(error, `Get blob ${digest}`);
  }
  if (partial.offset < size)
    throw networkError(
      Object.assign(new Error('unexpected EOF'), { code: 'ECONNRESET' }),
      `Get blob ${digest}`,
    );
}

/** The server does not do ranges. */
async function startOver(partial: Partial): Promise<void> {
  await partial.file.truncate(0);
  partial.hash = createHash('sha256');
  partial.offset = 0;
}

function tooLong(digest: Digest, size: number) {
  return invalidArgument(`the registry sent more than the ${size} bytes of ${digest}`);
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(new EngineError('cancelled', 'the download was cancelled'));
    if (signal?.aborted) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}
