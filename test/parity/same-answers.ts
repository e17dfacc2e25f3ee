/** Scenarios as tests, each said to a skiffd and to a dockerd of their own. */
import type { Test } from 'tap';
import { startDockerd } from '../harness/dockerd.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { compareEngines, loadImage } from './parity.ts';
import type { Scenario } from './step.ts';

export async function sameAnswers(t: Test, scenarios: Scenario[]): Promise<void> {
  const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');
  if (skip) {
    t.pass('parity', { skip });
    return;
  }
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
