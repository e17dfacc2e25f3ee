/** Archives a directory in a thread of its own: into a file, or as a stream. */
import { openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { step } from '../../core/step.ts';
import { workerUrl } from '../../core/worker.ts';
import { pipe } from '../../kernel/pipe.ts';
import type { Archived } from './archive-tree.ts';
import type { ArchiveJob, Outcome } from './job.ts';
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

async function runWorker(job: ArchiveJob): Promise<Archived> {
  const worker = new Worker(workerUrl(import.meta.url, 'archive-worker'), {
    workerData: job,
    trackUnmanagedFds: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<Archived>>();
  worker.once('message', resolve).once('error', reject);
  return resultOf(await promise);
}
