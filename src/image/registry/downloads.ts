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
import { type BlobRequest, cut, fetchBlob, type OpenBlob, type Patience } from './partial.ts';

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

interface Waiter {
  request: DownloadRequest;
  /** Ends the line that goes through its client. */
  left: AbortController;
}

interface Shared {
  /** In the order in which they came. */
  waiters: Set<Waiter>;
  /** Whose registry was asked last. */
  through: Waiter;
  cancel: AbortController;
}

interface Running extends Shared {
  done: Promise<void>;
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

  /**
   * Resolves once the blob is in the store, verified. Cancelled only when nobody waits any more: when the one leaves
   * whose registry was asked, or is refused by it, the rest is asked for in the name of another.
   */
  async fetch(request: DownloadRequest): Promise<void> {
    const waiter = { request, left: new AbortController() };
    const running = this.#join(waiter);
    try {
      return await Promise.race([running.done, aborted(request.signal)]);
    } catch (error) {
      const isOwn = running.through === waiter && !running.cancel.signal.aborted;
      if (isOwn || request.signal?.aborted) throw error;
    } finally {
      running.waiters.delete(waiter);
      if (running.waiters.size === 0) running.cancel.abort();
      waiter.left.abort(cut('ECONNABORTED', 'whoever asked for it has left'));
    }
    await running.done.catch(() => {});
    return this.fetch(request);
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

  #join(waiter: Waiter): Running {
    const known = this.#running.get(waiter.request.blob.digest);
    known?.waiters.add(waiter);
    return known ?? this.#start(waiter);
  }

  #start(waiter: Waiter): Running {
    const { blob, onWait } = waiter.request;
    if (this.#limit.isFull) onWait?.();
    const path = join(this.#content.ingestDirectory, `${hexOf(blob.digest)}${PART}`);
    const shared: Shared = { waiters: new Set([waiter]), through: waiter, cancel: new AbortController() };
    const open: OpenBlob = (offset) => openThrough(shared, offset);
    const tell = (bytes: number) => {
      for (const { request } of shared.waiters) request.onBytes(bytes, path);
    };
    const [limit, patience, { signal }] = [this.#limit, this.#patience, shared.cancel];
    const done = limit
      .run((giveWay) => {
        const turns = { giveWay, isWaitedFor: () => limit.isWaitedFor, patience };
        return this.#download(path, { blob, open, tell, turns, signal });
      })
      .finally(() => this.#running.delete(blob.digest));
    done.catch(() => {});
    const running = Object.assign(shared, { done });
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

/** In the name of whoever has waited longest. */
function openThrough(shared: Shared, offset: number): ReturnType<OpenBlob> {
  const [waiter = shared.through] = shared.waiters;
  shared.through = waiter;
  return waiter.request.open(offset, AbortSignal.any([shared.cancel.signal, waiter.left.signal]));
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(new EngineError('cancelled', 'the download was cancelled'));
    if (signal?.aborted) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}
