/** Two threads and the ring between them: one reads and inflates a blob, the other makes of it what it is told. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EngineError } from '../../core/errors.ts';
import { workerUrl } from '../../core/worker.ts';
import { failGrowing, type GrowingSource } from './growing-file.ts';
import { type ApplyJob, END, type Inflated, type InflateJob, type Outcome, type Reading } from './job.ts';
import { valuesOf } from './outcome.ts';
import { abortRing, type RingMemory, resetRing, ringMemory } from './ring.ts';

export interface Pair {
  inflate: Worker;
  apply: Worker;
  memory: RingMemory;
}

export interface PairRequest extends Omit<ApplyJob, 'memory'> {
  blob: string | GrowingSource;
  /** Told now and then how many bytes of the blob have been read. */
  onRead?: (bytes: number) => void;
  signal?: AbortSignal;
}

export function startPair(): Pair {
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

/** In order, not by force: a thread that is torn down while it loads koffi takes the process with it. */
export async function stopPair({ inflate, apply, memory }: Pair): Promise<void> {
  abortRing(memory);
  await Promise.all([inflate, apply].map(end));
}

async function end(worker: Worker): Promise<void> {
  // The number that a thread has once it is gone (node:worker_threads).
  if (worker.threadId === -1) return;
  const gone = once(worker, 'exit');
  worker.ref();
  worker.postMessage(END);
  await gone;
}

/** Throws EngineError if both threads are fit for more work, any other error if one is gone. */
export async function runPair<T>(pair: Pair, request: PairRequest): Promise<Inflated & T> {
  const { blob, limits, signal, onRead, ...apply } = request;
  const { memory } = pair;
  resetRing(memory);
  const abort = () => {
    abortRing(memory);
    if (typeof blob !== 'string') failGrowing(blob);
  };
  signal?.addEventListener('abort', abort);
  try {
    const outcomes = Promise.all([
      ask<Inflated>(pair.inflate, { blob, limits, memory } satisfies InflateJob, abort, onRead),
      ask<T>(pair.apply, { ...apply, limits, memory } satisfies ApplyJob, abort),
    ]);
    const [inflated, applied] = valuesOf(...(await outcomes));
    return { ...inflated, ...applied };
  } catch (error) {
    if (!signal?.aborted || !(error instanceof EngineError)) throw error;
    throw new EngineError('cancelled', 'unpacking was cancelled', { cause: error });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** One question, one answer. A thread that dies (out of memory, say) is an error like any other. */
function ask<T>(
  worker: Worker,
  job: object,
  abort: () => void,
  onRead: (bytes: number) => void = () => {},
): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
    };
    const onMessage = (message: Outcome<T> | Reading) => {
      if ('read' in message) return onRead(message.read);
      settle();
      if ('error' in message) abort();
      resolve(message);
    };
    const onError = (error: unknown) => {
      settle();
      abort();
      reject(error);
    };
    const onExit = () => onError(new Error('a thread that unpacks layers ended'));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
    worker.postMessage(job);
  });
}
