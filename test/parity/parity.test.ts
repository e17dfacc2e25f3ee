/** The same scenario said to skiffd and to dockerd gets the same answers. */
import t from 'tap';
import { startDockerd } from '../harness/dockerd.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { compareEngines, loadImage } from './parity.ts';
import { scenarios } from './scenarios/all.ts';

// A slow machine needs three minutes for what takes one on a quick one.
t.setTimeout(550_000);

const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');
if (skip) t.pass('parity', { skip });
else {
  const theirs = await startDockerd();
  t.teardown(() => theirs.close());
  const ours = await startSkiffd({ record: false });
  t.teardown(() => ours.close());
  await loadImage(ours, theirs);
  for (const scenario of scenarios)
    t.test(scenario.name, { timeout: 300_000 }, async (t) => {
      for (const { title, differences } of await compareEngines(scenario, ours, theirs))
        t.strictSame(differences, [], title);
    });
}
