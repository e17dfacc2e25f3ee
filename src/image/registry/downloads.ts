/**
 * Downloads blobs into the content store: one download for a digest however many ask, so many at a time, and what a
 * cut line or a cancelled pull leaves is kept as `ingest/<hex>.part` and continued.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, hexOf } from '../../core/digest.ts';
import { EngineError, invalidArgument } from '../../core/errors.ts';
import { Limit } from '../../core/limit.ts';
import { step } from '../../core/step.ts';
import type { ContentStore } from '../content-store.ts';
import type { Descriptor } from '../oci.ts';
import { type BlobRequest, fetchBlob, type OpenBlob, type Patience } from './partial.ts';

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
/** 32 KB a second: whoever brings less keeps others waiting for longer than it is worth. */
const PATIENCE: Patience = { ms: 30_000, bytes: 1024 * 1024 };
/** A partial download that nobody came back for. */
const EXPIRY_MS = 3 * 24 * 3600_000;

export class Downloads {
  readonly #content: ContentStore;
  readonly #limit: Limit;
  readonly #patience: Patience;
  readonly #running = new Map<Digest, Running>();

  /** At most `parallel` lines at a time, those of all registries together. */
  constructor(content: ContentStore, parallel: number, patience = PATIENCE) {
    this.#content = content;
    this.#limit = new Limit(parallel);
    this.#patience = patience;
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
    const [limit, patience, { signal }] = [this.#limit, this.#patience, cancel];
    const done = limit
      .run((giveWay) => {
        const turns = { giveWay, isWaitedFor: () => limit.isWaitedFor, patience };
        return this.#download(path, { blob, open, tell, turns, signal });
      })
      .finally(() => this.#running.delete(blob.digest));
    done.catch(() => {});
    const running: Running = { done, listeners, cancel, waiting: 0 };
    this.#running.set(blob.digest, running);
    return running;
  }

  #download(path: string, request: BlobRequest): Promise<void> {
    const { digest, size } = request.blob;
    return step('image.blob.download', { digest, size }, async () => {
      request.signal.throwIfAborted();
      const fetched = await fetchBlob(path, request);
      // What was left of another time may have been the wrong part: that alone is no reason to give up.
      const found = fetched.resumed && fetched.digest !== digest ? await fetchBlob(path, request) : fetched;
      if (found.digest !== digest) {
        throw invalidArgument(
          `filesystem layer verification failed for digest ${digest}: got ${found.digest}`,
        );
      }
      await this.#content.adopt(path, digest, size).commit();
    });
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(new EngineError('cancelled', 'the download was cancelled'));
    if (signal?.aborted) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}
