/**
 * The main thread's side of work on files. A job has a thread to itself, which may block on a client that is slow;
 * a thread is kept a while for the next job, since starting one costs some 30 ms.
 */
import { Worker } from 'node:worker_threads';
import { EngineError, internal } from '../../../core/errors.ts';
import { workerUrl } from '../../../core/worker.ts';
import type { FilesAnswer, FilesJob } from './job.ts';

/** `ready` resolves when the answer's head may be sent; if the job fails before, both reject. */
export interface Running<Ready, Done> {
  ready: Promise<Ready>;
  done: Promise<Done>;
}

const IDLE_MS = 10_000;

export class FileThreads {
  readonly #idle = new Map<Worker, NodeJS.Timeout>();
  readonly #busy = new Set<Worker>();

  start<Ready = unknown, Done = unknown>(job: FilesJob): Running<Ready, Done> {
    const worker = this.#take();
    const ready = Promise.withResolvers<Ready>();
    const done = Promise.withResolvers<Done>();
    for (const { promise } of [ready, done]) promise.catch(() => {});
    const fail = (error: unknown) => {
      ready.reject(error);
      done.reject(error);
    };
    const settle = (isFit: boolean) => {
      worker.off('message', onMessage).off('error', onDeath).off('exit', onDeath);
      this.#busy.delete(worker);
      if (isFit) this.#keep(worker);
    };
    const onMessage = (answer: FilesAnswer) => {
      if (answer.is !== 'ready') settle(true);
      if (answer.is === 'failed') fail(new EngineError(answer.kind, answer.message));
      else ready.resolve(answer.value as Ready);
      if (answer.is === 'done') done.resolve(answer.value as Done);
    };
    const onDeath = (error: unknown) => {
      settle(false);
      fail(error instanceof Error ? error : internal('a thread that works on files ended'));
    };
    worker.on('message', onMessage).on('error', onDeath).on('exit', onDeath);
    worker.postMessage(job);
    return { ready: ready.promise, done: done.promise };
  }

  ask<Done>(job: FilesJob): Promise<Done> {
    return this.start<unknown, Done>(job).done;
  }

  async close(): Promise<void> {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    const workers = [...this.#idle.keys(), ...this.#busy];
    this.#idle.clear();
    this.#busy.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #take(): Worker {
    const [kept] = this.#idle;
    const worker = kept?.[0] ?? startWorker();
    if (kept) clearTimeout(kept[1]);
    this.#idle.delete(worker);
    this.#busy.add(worker);
    worker.ref();
    return worker;
  }

  #keep(worker: Worker): void {
    worker.unref();
    const timer = setTimeout(() => {
      this.#idle.delete(worker);
      void worker.terminate();
    }, IDLE_MS).unref();
    this.#idle.set(worker, timer);
  }
}

function startWorker(): Worker {
  // Node would warn of every descriptor that openat(2) gave and fs.close takes.
  const worker = new Worker(workerUrl(import.meta.url, 'files-worker'), { trackUnmanagedFds: false });
  // While a job runs, there is another listener that tells of it.
  worker.on('error', () => {});
  return worker;
}
