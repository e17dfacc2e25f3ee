/** The main thread's side of a build's file work: one thread, started with the first job, ended when idle. */
import { Worker } from 'node:worker_threads';
import { EngineError, internal } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { workerUrl } from '../../../core/worker.ts';
import type { IgnoreRequest } from '../context/ignored.ts';
import type { Answer } from './answer.ts';
import type { FilesJob, Work } from './build-files-worker.ts';
import type { CopyRequest } from './copy.ts';
import type { FindRequest, Found } from './find.ts';
import type { MergeRequest } from './merge.ts';

export interface BuildFiles {
  find(request: FindRequest, signal?: AbortSignal): Promise<Found[]>;
  copy(request: CopyRequest, signal: AbortSignal): Promise<void>;
  merge(request: MergeRequest, signal: AbortSignal): Promise<void>;
  /** Takes away what .dockerignore names. */
  ignore(request: IgnoreRequest): Promise<void>;
  close(): Promise<void>;
}

/** Long enough that the steps of one build find it warm. */
const IDLE_MS = 30_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function openBuildFiles(): BuildFiles {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last = 0;

  const stop = async () => {
    clearTimeout(idle);
    const stopping = worker;
    worker = undefined;
    await stopping?.terminate();
  };
  const failAll = (error: unknown) => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    // Descriptors come from openat2(2) and go by node:fs: Node is not to keep count of them.
    const started = new Worker(workerUrl(import.meta.url, 'build-files-worker'), {
      trackUnmanagedFds: false,
    });
    started.on('message', (answer: Answer) => settle(answer));
    started.on('error', failAll);
    started.on(
      'exit',
      () => started === worker && failAll(internal('the thread that handles build files ended')),
    );
    return started;
  };
  const settle = (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(new EngineError(answer.error.kind, answer.error.message));
    else asked?.resolve(answer.value);
    if (waiting.size > 0) return;
    worker?.unref();
    idle = setTimeout(() => void stop(), IDLE_MS).unref();
  };
  const ask = async (work: Work, signal?: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    // The thread is busy and takes no message: a word of shared memory is all that it can look at.
    const cancel = () => Atomics.store(cancelled, 0, 1);
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    const id = ++last;
    clearTimeout(idle);
    worker ??= start();
    worker.ref();
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, cancelled, ...work } satisfies FilesJob);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  };

  return {
    find: (request, signal) =>
      step('image.build.find', { sources: request.sources.join(' ') }, async () => {
        return (await ask({ verb: 'find', request }, signal)) as Found[];
      }),
    copy: (request, signal) =>
      step('image.build.copy', { destination: request.destination.path }, async () => {
        await ask({ verb: 'copy', request }, signal);
      }),
    merge: (request, signal) =>
      step('image.build.merge', { layers: request.layers.length }, async () => {
        await ask({ verb: 'merge', request }, signal);
      }),
    ignore: async (request) => {
      await ask({ verb: 'ignore', request });
    },
    close: stop,
  };
}
