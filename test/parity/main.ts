/** `node test/parity/main.ts [SCENARIO…]`: the comparison as a report on stdout. */
import { startDockerd } from '../harness/dockerd.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { compareEngines, loadImage } from './parity.ts';
import { report } from './report.ts';
import { scenarios } from './scenarios/all.ts';

const wanted = process.argv.slice(2);
// One after the other: dockerd gives its containerd 15 seconds to start.
const ours = await startSkiffd();
const theirs = await startDockerd();
try {
  await loadImage(ours, theirs);
  for (const scenario of scenarios.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
    console.log(`${report(scenario.name, await compareEngines(scenario, ours, theirs))}\n`);
} finally {
  await Promise.all([ours.close(), theirs.close()]);
}
