/**
 * Unpacks a layer's blob into a directory with two worker threads and a ring between them, so that the main thread
 * has nothing to do meanwhile. A pair of threads is kept a while for the next layer.
 */
import { EngineError } from '../../core/errors.ts';
import { Limit } from '../../core/limit.ts';
import { step } from '../../core/step.ts';
import type { Applied } from './apply.ts';
import type { Compared } from './compare.ts';
import type { GrowingSource } from './growing-file.ts';
import type { Inflated } from './job.ts';
import { DEFAULT_LIMITS, type LayerLimits } from './limits.ts';
import { type Pair, runPair, startPair, stopPair } from './pair.ts';
import type { Outside } from './safe-path.ts';

export interface UnpackRequest {
  blob: string | GrowingSource;
  /** Exists and is empty. On failure its content is whatever had been unpacked. */
  directory: string;
  limits?: LayerLimits;
  /** The archive must have its end mark: there is no digest to tell whether all of it is there. */
  whole: boolean;
  /** Default: refused. */
  outside?: Outside;
  /** Told now and then how many bytes of the blob have been read. */
  onRead?: (bytes: number) => void;
  signal?: AbortSignal;
}

export interface CompareRequest {
  blob: string;
  /** What it was unpacked to. */
  directory: string;
  signal?: AbortSignal;
}

export type Unpacked = Inflated & Applied;

export interface Unpacker {
  unpack(this: void, request: UnpackRequest): Promise<Unpacked>;
  /**
   * Hands out an `unpack` that does not queue, for a blob that is still being written: its threads wait for whoever
   * sends it, and nobody else shall wait for them. Undefined if as many as may are busy so.
   */
  early<T>(operation: (unpack: Unpacker['unpack']) => Promise<T>): Promise<T> | undefined;
  compare(request: CompareRequest): Promise<Compared>;
  close(): Promise<void>;
}

/** Threads cost 10 ms to start and some MB to keep. */
const IDLE_MS = 5000;

/** At most `parallel` layers at a time, the rest wait in order; and as many of blobs that are still being written. */
export function createUnpacker(parallel: number): Unpacker {
  const limit = new Limit(parallel);
  const pairs = idlePairs();
  let earlyFree = parallel;
  const withPair = async <T>(use: (pair: Pair) => Promise<T>, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    const pair = pairs.take();
    try {
      const result = await use(pair);
      pairs.keep(pair);
      return result;
    } catch (error) {
      // An orderly failure leaves the threads fit for the next layer; a thread that died does not.
      if (error instanceof EngineError) pairs.keep(pair);
      else await stopPair(pair);
      throw error;
    }
  };
  const unpackNow: Unpacker['unpack'] = ({ limits = DEFAULT_LIMITS, ...request }) =>
    step('image.layer.apply', { directory: request.directory }, () =>
      withPair((pair) => runPair<Applied>(pair, { ...request, limits, mode: 'write' }), request.signal),
    );
  return {
    unpack: (request) => limit.run(() => unpackNow(request)),
    early: (operation) => {
      if (earlyFree === 0) return undefined;
      earlyFree--;
      return operation(unpackNow).finally(() => {
        earlyFree++;
      });
    },
    compare: (request) =>
      step('image.layer.compare', { directory: request.directory }, () => {
        const job = { ...request, limits: DEFAULT_LIMITS, whole: false, mode: 'compare' } as const;
        return limit.run(() => withPair((pair) => runPair<Compared>(pair, job), request.signal));
      }),
    close: () => pairs.close(),
  };
}

/** Pairs that wait for work; each is stopped when it has waited long enough. */
function idlePairs() {
  const idle = new Map<Pair, NodeJS.Timeout>();
  const drop = (pair: Pair) => {
    clearTimeout(idle.get(pair));
    idle.delete(pair);
  };
  return {
    take: (): Pair => {
      const [kept] = idle.keys();
      if (!kept) return startPair();
      drop(kept);
      return kept;
    },
    keep: (pair: Pair) => {
      const timer = setTimeout(() => {
        drop(pair);
        void stopPair(pair);
      }, IDLE_MS);
      timer.unref();
      idle.set(pair, timer);
    },
    close: async () => {
      const pairs = [...idle.keys()];
      pairs.forEach(drop);
      await Promise.all(pairs.map(stopPair));
    },
  };
}
