/** The second thread of unpacking: takes plain tar bytes from the ring and writes files. */
import { parentPort } from 'node:worker_threads';
import { TarReader } from '../tar/reader.ts';
import { type Applied, LayerWriter } from './apply.ts';
import { type Compared, LayerComparer } from './compare.ts';
import { type ApplyJob, END, type Outcome } from './job.ts';
import { outcomeOf } from './outcome.ts';
import { abortRing, RingReader } from './ring.ts';

parentPort?.on('message', (job: ApplyJob | typeof END) => {
  if (job === END) return parentPort?.close();
  const outcome: Outcome<Applied | Compared> = outcomeOf(() => apply(job));
  if ('error' in outcome) abortRing(job.memory);
  parentPort?.postMessage(outcome);
});

function apply({ mode, directory, limits, whole, outside, memory }: ApplyJob): Applied | Compared {
  const writer =
    mode === 'write' ? new LayerWriter(directory, limits, outside) : new LayerComparer(directory);
  try {
    const reader = new TarReader(writer);
    for (const chunk of new RingReader(memory).chunks()) reader.push(chunk);
    reader.finish(whole);
    return writer.finish();
  } finally {
    writer.close();
  }
}
