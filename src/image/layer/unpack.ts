/**
 * Unpacks a layer's blob into a directory with two worker threads and a ring between them, so that the main thread
 * has nothing to do meanwhile. A pair of threads is kept a while for the next layer.
 */
import { Worker } from 'node:worker_threads';
import { EngineError, internal } from '../../core/errors.ts';
import { Limit } from '../../core/limit.ts';
import { step } from '../../core/step.ts';
import { workerUrl } from '../../core/worker.ts';
import type { Applied } from './apply.ts';
import type { ApplyJob, Inflated, InflateJob, Outcome } from './job.ts';
import { DEFAULT_LIMITS, type LayerLimits } from './limits.ts';
import { valuesOf } from './outcome.ts';
import { abortRing, type RingMemory, resetRing, ringMemory } from './ring.ts';

export interface UnpackRequest {
  blob: string;
  /** Exists and is empty. On failure its content is whatever had been unpacked. */
  directory: string;
  limits?: LayerLimits;
  /** The archive must have its end mark: there is no digest to tell whether all of it is there. */
  whole: boolean;
  signal?: AbortSignal;
}

export type Unpacked = Inflated & Applied;

export interface Unpacker {
  unpack(request: UnpackRequest): Promise<Unpacked>;
  close(): Promise<void>;
}

interface Pair {
  inflate: Worker;
  apply: Worker;
  memory: RingMemory;
}

/** Threads cost 10 ms to start and some MB to keep. */
const IDLE_MS = 5000;

/** At most `parallel` layers at a time; the rest wait in order. */
export function createUnpacker(parallel: number): Unpacker {
  const limit = new Limit(parallel);
  const idle = new Map<Pair, NodeJS.Timeout>();

  const take = (): Pair => {
    const [kept] = idle;
    if (!kept) return startPair();
    clearTimeout(kept[1]);
    idle.delete(kept[0]);
    return kept[0];
  };
  const keep = (pair: Pair) => {
    const timer = setTimeout(() => {
      idle.delete(pair);
      void stopPair(pair);
    }, IDLE_MS);
    timer.unref();
    idle.set(pair, timer);
  };
  const unpack = (request: UnpackRequest) =>
    limit.run(async () => {
      request.signal?.throwIfAborted();
      const pair = take();
      try {
        const unpacked = await step('image.layer.apply', { directory: request.directory }, () =>
          runPair(pair, request),
        );
        keep(pair);
        return unpacked;
      } catch (error) {
        // An orderly failure leaves the threads fit for the next layer; a thread that died does not.
        if (error instanceof EngineError) keep(pair);
        else await stopPair(pair);
        throw error;
      }
    });
  const close = async () => {
    const pairs = [...idle.keys()];
    for (const timer of idle.values()) clearTimeout(timer);
    idle.clear();
    await Promise.all(pairs.map(stopPair));
  };
  return { unpack, close };
}

function startPair(): Pair {
  // Node would warn of every descriptor that openat(2) gave and fs.close takes.
  const options = { trackUnmanagedFds: false };
  const inflate = new Worker(workerUrl(import.meta.url, 'inflate-worker'), options);
  const apply = new Worker(workerUrl(import.meta.url, 'apply-worker'), options);
  for (const worker of [inflate, apply]) {
    worker.unref();
    worker.on('error', () => {});
  }
  return { inflate, apply, memory: ringMemory() };
}

async function stopPair({ inflate, apply }: Pair): Promise<void> {
  await Promise.all([inflate.terminate(), apply.terminate()]);
}

async function runPair(pair: Pair, request: UnpackRequest): Promise<Unpacked> {
  const { blob, directory, limits = DEFAULT_LIMITS, whole, signal } = request;
  const { memory } = pair;
  resetRing(memory);
  const abort = () => abortRing(memory);
  signal?.addEventListener('abort', abort);
  try {
    const outcomes = Promise.all([
      ask<Inflated>(pair.inflate, { blob, limits, memory } satisfies InflateJob, abort),
      ask<Applied>(pair.apply, { directory, limits, whole, memory } satisfies ApplyJob, abort),
    ]);
    const [inflated, applied] = valuesOf(...(await outcomes));
    return { ...inflated, ...applied };
  } catch (error) {
    if (signal?.aborted) throw new EngineError('cancelled', 'unpacking was cancelled', { cause: error });
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** One question, one answer. A thread that dies (out of memory, say) is an error like any other. */
function ask<T>(worker: Worker, job: object, abort: () => void): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
    };
    const onMessage = (outcome: Outcome<T>) => {
      settle();
      resolve(outcome);
    };
    const onError = (error: unknown) => {
      settle();
      abort();
      reject(error);
    };
    const onExit = () => onError(internal('a thread that unpacks layers ended'));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
    worker.postMessage(job);
  });
}
