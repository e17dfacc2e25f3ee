/** Builds the stages of a plan, each as soon as what it stands on is there; those that do not meet, side by side. */
import { EngineError } from '../../../core/errors.ts';
import type { Build } from '../build.ts';
import type { StageOutput } from '../output.ts';
import type { Numbering } from './numbering.ts';
import { numberSteps } from './numbering.ts';
import type { PlannedStage } from './plan.ts';
import type { Point } from './point.ts';
import { runStage } from './run-stage.ts';

/**
 * Resolves to where the target ends. The first error stops all stages, and is thrown once they have stopped.
 * `outputs`: one for what comes before the stages, then one for each.
 */
export async function runStages(build: Build, outputs: StageOutput[]): Promise<Point> {
  const [preamble, ...stages] = outputs;
  const numbering = numberSteps(build);
  if (preamble) announceGlobals(build, numbering, preamble);
  const failure = new AbortController();
  build.request = { ...build.request, signal: AbortSignal.any([build.request.signal, failure.signal]) };
  const running = new Map<number, Promise<Point>>();
  build.stage = (index) => {
    const at = build.plan.stages.findIndex(({ stage }) => stage.index === index);
    const begun = running.get(index);
    if (begun) return begun;
    const planned = build.plan.stages[at] ?? lateStage(build, index, numbering);
    const output = stages[at] ?? { send: build.request.emit, end: () => {} };
    if (!planned) return Promise.reject(new EngineError('internal', `there is no stage ${index}`));
    const point = runStage(build, planned, numbering, output).catch((error: unknown) => {
      failure.abort(error);
      throw error;
    });
    running.set(index, point);
    return point;
  };
  return settle(build, running, failure.signal);
}

/** One that nobody knew would be needed: it comes behind all others in the numbering. */
function lateStage({ plan }: Build, index: number, numbering: Numbering): PlannedStage | undefined {
  const late = plan.others.find(({ stage }) => stage.index === index);
  if (!late) return undefined;
  numbering.first.set(index, numbering.total + 1);
  numbering.total += 1 + late.stage.steps.length;
  return late;
}

async function settle(
  build: Build,
  running: ReadonlyMap<number, Promise<Point>>,
  failed: AbortSignal,
): Promise<Point> {
  const results = await Promise.allSettled(build.plan.stages.map(({ stage }) => build.stage(stage.index)));
  await Promise.allSettled(running.values());
  if (failed.aborted) throw failed.reason;
  const last = results.at(-1);
  if (last?.status === 'fulfilled') return last.value;
  throw last?.reason;
}

function announceGlobals({ dockerfile }: Build, numbering: Numbering, output: StageOutput): void {
  for (const [index, { code }] of dockerfile.globalArgs.entries()) {
    output.send({ stream: `Step ${index + 1}/${numbering.total} : ${code}\n` });
  }
  output.end();
}
