/** A thread that works on the files of containers: one job after the other. */
import { parentPort } from 'node:worker_threads';
import { EngineError, type ErrorKind, errnoOf, messageOf } from '../../../core/errors.ts';
import { carryOut } from './carry-out.ts';
import type { FilesAnswer, FilesJob } from './job.ts';

const answer = (message: FilesAnswer) => parentPort?.postMessage(message);

parentPort?.on('message', (job: FilesJob) => {
  try {
    const value = carryOut(job, (ready) => answer({ is: 'ready', value: ready }));
    answer({ is: 'done', value });
  } catch (error) {
    answer({ is: 'failed', kind: kindOf(error), message: messageOf(error) });
  }
});

function kindOf(error: unknown): ErrorKind {
  if (error instanceof EngineError) return error.kind;
  switch (errnoOf(error)) {
    case 'EPIPE':
      return 'cancelled';
    case 'EROFS':
      return 'forbidden';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'unavailable';
    default:
      return 'internal';
  }
}
