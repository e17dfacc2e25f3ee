/** The main thread's side of a build's file work: one thread, started with the first job, ended when idle. */
import { Worker } from 'node:worker_threads';
import { EngineError, internal } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { workerUrl } from '../../../core/worker.ts';
import type { IgnoreRequest } from '../context/ignored.ts';
import type { Answer } from './answer.ts';
import type { FilesJob } from './build-files-worker.ts';
import type { CopyRequest } from './copy.ts';
import type { FindRequest, Found } from './find.ts';
import type { MergeRequest } from './merge.ts';

export interface BuildFiles {
  find(request: FindRequest): Promise<Found[]>;
  copy(request: CopyRequest): Promise<void>;
  merge(request: MergeRequest): Promise<void>;
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
  const ask = (job: FilesJob) =>
    new Promise<unknown>((resolve, reject) => {
      clearTimeout(idle);
      worker ??= start();
      worker.ref();
      waiting.set(job.id, { resolve, reject });
      worker.postMessage(job);
    });

  return {
    find: (request) =>
      step('image.build.find', { sources: request.sources.join(' ') }, async () => {
        return (await ask({ id: ++last, verb: 'find', request })) as Found[];
      }),
    copy: (request) =>
      step('image.build.copy', { destination: request.destination.path }, async () => {
        await ask({ id: ++last, verb: 'copy', request });
      }),
    merge: (request) =>
      step('image.build.merge', { layers: request.layers.length }, async () => {
        await ask({ id: ++last, verb: 'merge', request });
      }),
    ignore: async (request) => {
      await ask({ id: ++last, verb: 'ignore', request });
    },
    close: stop,
  };
}
