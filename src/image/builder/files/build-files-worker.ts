/** The thread that reads and writes a build's files: finding and hashing sources, copying them. */
import { parentPort } from 'node:worker_threads';
import { EngineError } from '../../../core/errors.ts';
import { type IgnoreRequest, removeIgnored } from '../context/ignored.ts';
import { type Answer, failureOf } from './answer.ts';
import { type CopyRequest, copySources } from './copy.ts';
import { type FindRequest, findSources } from './find.ts';
import { type MergeRequest, mergeLayers } from './merge.ts';

export type Work =
  | { verb: 'find'; request: FindRequest }
  | { verb: 'copy'; request: CopyRequest }
  | { verb: 'merge'; request: MergeRequest }
  | { verb: 'ignore'; request: IgnoreRequest };

export type FilesJob = Work & {
  id: number;
  /** Shared: not zero once nobody wants the job any more. */
  cancelled: Int32Array<SharedArrayBuffer>;
};

parentPort?.on('message', async (job: FilesJob) => {
  let answer: Answer;
  try {
    answer = { id: job.id, value: await carryOut(job) };
  } catch (error) {
    answer = failureOf(job.id, error);
  }
  parentPort?.postMessage(answer);
});

function carryOut(job: FilesJob): unknown {
  const check = () => {
    if (Atomics.load(job.cancelled, 0) !== 0) throw new EngineError('cancelled', 'the build was cancelled');
  };
  switch (job.verb) {
    case 'find':
      return findSources(job.request, check);
    case 'copy':
      return copySources(job.request, check);
    case 'merge':
      return mergeLayers(job.request, check);
    case 'ignore':
      return removeIgnored(job.request);
  }
}
