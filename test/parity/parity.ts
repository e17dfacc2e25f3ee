/** Plays scenarios to skiffd and to dockerd and compares what they answered. */
import { builtinImage } from '../harness/builtin-image.ts';
import { cli } from '../harness/client.ts';
import { debianDocker } from '../harness/docker-cli.ts';
import { differences } from './compare.ts';
import { Normaliser } from './normalise.ts';
import { type Answer, type Engine, play } from './play.ts';
import type { Outcome } from './report.ts';
import { type Scenario, type Step, title } from './step.ts';

export async function compareEngines(scenario: Scenario, ours: Engine, theirs: Engine): Promise<Outcome[]> {
  const dockerPath = `${await debianDocker()}/usr/bin/docker`;
  const [mine, reference] = await Promise.all([
    play(scenario, ours, dockerPath),
    play(scenario, theirs, dockerPath),
  ]);
  const [left, right] = [normalised(mine), normalised(reference)];
  return scenario.steps.map((step, index) => outcome(step, left[index], right[index]));
}

/** Both engines know `busybox:latest`. */
export async function loadImage(...engines: Engine[]): Promise<void> {
  const dockerPath = `${await debianDocker()}/usr/bin/docker`;
  const image = await builtinImage();
  for (const engine of engines) {
    const { code, stderr } = await cli(dockerPath, engine)('load', '-i', image);
    if (code !== 0) throw new Error(stderr);
  }
}

function outcome(step: Step, ours: Answer | undefined, theirs: Answer | undefined): Outcome {
  if (!ours || !theirs) throw new Error(`no answer to ${title(step)}`);
  return { title: title(step), ours, theirs, differences: differences(ours, theirs, ignored(step)) };
}

function ignored({ mayDiffer = {} }: Step): string[] {
  return Object.keys(mayDiffer).map((path) =>
    path === 'status' ? path : `body${path.startsWith('[') ? '' : '.'}${path}`,
  );
}

/** One set of names for a whole scenario: an id keeps its name from step to step. */
function normalised(answers: Answer[]): Answer[] {
  const normaliser = new Normaliser();
  return answers.map(({ status, body }, index) => ({
    status,
    body: normaliser.apply(body, `step ${index + 1}`),
  }));
}
