/** The thread that reads and writes a build's files: finding and hashing sources, copying them. */
import { parentPort } from 'node:worker_threads';
import { type Answer, failureOf } from './answer.ts';
import { type CopyRequest, copySources } from './copy.ts';
import { type FindRequest, findSources } from './find.ts';

export type FilesJob = { id: number } & (
  | { verb: 'find'; request: FindRequest }
  | { verb: 'copy'; request: CopyRequest }
);

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
  return job.verb === 'find' ? findSources(job.request) : copySources(job.request);
}
