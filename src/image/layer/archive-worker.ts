/** The thread that archives trees, one job after the other. */
import { closeSync, openSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { O } from '../../kernel/path.ts';
import { type Archived, archiveTree } from './archive-tree.ts';
import { type ArchiveJob, END } from './job.ts';
import { outcomeOf } from './outcome.ts';

parentPort?.on('message', (job: ArchiveJob | typeof END) => {
  if (job === END) parentPort?.close();
  else parentPort?.postMessage(outcomeOf(() => archive(job)));
});

function archive({ directory, out, ...options }: ArchiveJob): Archived {
  try {
    const root = openSync(directory, O.RDONLY | O.DIRECTORY);
    try {
      return archiveTree({ ...options, root, out });
    } finally {
      closeSync(root);
    }
  } finally {
    closeSync(out);
  }
}
