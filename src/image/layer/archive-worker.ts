/** The thread that archives a tree. One job, then it ends. */
import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { O } from '../../kernel/path.ts';
import { archiveTree } from './archive-tree.ts';
import type { ArchiveJob } from './job.ts';
import { outcomeOf } from './outcome.ts';

const { directory, out, ...options } = workerData as ArchiveJob;

const outcome = outcomeOf(() => {
  const root = openSync(directory, O.RDONLY | O.DIRECTORY);
  try {
    return archiveTree({ ...options, root, out });
  } finally {
    closeSync(root);
    closeSync(out);
  }
});
parentPort?.postMessage(outcome);
