/** Archives a directory in a thread of its own: into a file, or as a stream. */
import { openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { internal } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { workerUrl } from '../../core/worker.ts';
import { pipe } from '../../kernel/pipe.ts';
import type { Archived } from './archive-tree.ts';
import { type ArchiveJob, END, type Outcome } from './job.ts';
import { resultOf } from './outcome.ts';

export interface ArchiveRequest {
  directory: string;
  /** An upper directory of overlayfs: say what is hidden by whiteout files. */
  whiteouts: boolean;
  maxTime?: bigint;
  /** Paths, bytes in latin1 without leading slash, that do not go into the archive; nor does what is below them. */
  leaveOut?: readonly string[];
}

/** `path` must not exist. */
export function archiveToFile(request: ArchiveRequest, path: string): Promise<Archived> {
  return step('image.layer.archive', { directory: request.directory }, () =>
    runWorker({ ...request, out: openSync(path, 'wx', 0o600) }),
  );
}

/** The stream fails if the tree cannot be read; a reader that stops early ends the work. */
export function archiveToStream(request: ArchiveRequest): Readable {
  const { reader, writer } = pipe();
  const stream = new Socket({ fd: reader, readable: true, writable: false });
  runWorker({ ...request, out: writer }).catch((error: Error) => stream.destroy(error));
  return stream;
}

/** A job has a thread to itself; that is kept a while for the next layer, since starting one costs some 30 ms. */
const IDLE_MS = 10_000;
const idle = new Map<Worker, NodeJS.Timeout>();

async function runWorker(job: ArchiveJob): Promise<Archived> {
  const worker = takeWorker();
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<Archived>>();
  const onExit = () => reject(internal('the thread that archives ended'));
  worker.on('message', resolve).on('error', reject).on('exit', onExit);
  worker.postMessage(job);
  const outcome = await promise;
  worker.off('message', resolve).off('error', reject).off('exit', onExit);
  keepWorker(worker);
  return resultOf(outcome);
}

function takeWorker(): Worker {
  const [kept] = idle;
  if (!kept) return startWorker();
  const [worker, timer] = kept;
  clearTimeout(timer);
  idle.delete(worker);
  worker.ref();
  return worker;
}

function keepWorker(worker: Worker): void {
  worker.unref();
  const end = () => {
    idle.delete(worker);
    worker.postMessage(END);
  };
  idle.set(worker, setTimeout(end, IDLE_MS).unref());
}

function startWorker(): Worker {
  const worker = new Worker(workerUrl(import.meta.url, 'archive-worker'), { trackUnmanagedFds: false });
  // While a job runs, there is another listener that tells of it.
  worker.on('error', () => {});
  worker.on('exit', () => idle.delete(worker));
  return worker;
}
