/** The thread that reads and writes a build's files: finding and hashing sources, copying them. */
import { parentPort } from 'node:worker_threads';
import { type IgnoreRequest, removeIgnored } from '../context/ignored.ts';
import { type Answer, failureOf } from './answer.ts';
import { type CopyRequest, copySources } from './copy.ts';
import { type FindRequest, findSources } from './find.ts';
import { type MergeRequest, mergeLayers } from './merge.ts';

export type FilesJob = { id: number } & (
  | { verb: 'find'; request: FindRequest }
  | { verb: 'copy'; request: CopyRequest }
  | { verb: 'merge'; request: MergeRequest }
  | { verb: 'ignore'; request: IgnoreRequest }
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
  switch (job.verb) {
    case 'find':
      return findSources(job.request);
    case 'copy':
      return copySources(job.request);
    case 'merge':
      return mergeLayers(job.request);
    case 'ignore':
      return removeIgnored(job.request);
  }
}
