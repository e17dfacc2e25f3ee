/** One stage: FROM, what the base left to do (ONBUILD), then its instructions one after the other. */
import { setImmediate } from 'node:timers/promises';
import { EngineError } from '../../../core/errors.ts';
import { shortId } from '../../../core/ids.ts';
import type { Build } from '../build.ts';
import { enterStage } from '../config/state.ts';
import { DockerfileError, Fault } from '../dockerfile/fault.ts';
import type { StepInstruction } from '../dockerfile/instruction.ts';
import { parseTrigger } from '../dockerfile/parse.ts';
import type { StageOutput } from '../output.ts';
import { prepareConfig } from '../steps/config.ts';
import { prepareCopy } from '../steps/copy.ts';
import { prepareRun } from '../steps/run.ts';
import { type Prepared, type StepContext, type Taken, takeStep } from '../steps/step.ts';
import type { Numbering } from './numbering.ts';
import type { PlannedStage } from './plan.ts';
import type { Point } from './point.ts';

export async function runStage(
  build: Build,
  planned: PlannedStage,
  numbering: Numbering,
  output: StageOutput,
): Promise<Point> {
  try {
    const { stage } = planned;
    const first = numbering.first.get(stage.index) ?? 0;
    const run = { build, output, stage: stage.index, total: numbering.total };
    let point = await noted(run, first, stage.from.code, () => enter(build, planned, output));
    for (const [index, instruction] of stage.steps.entries()) {
      point = await noted(run, first + index + 1, instruction.code, () => take(run, point, instruction));
    }
    if (point.id) output.send({ aux: { ID: point.id } });
    return point;
  } finally {
    output.end();
  }
}

interface Run {
  build: Build;
  output: StageOutput;
  stage: number;
  total: number;
}

/** Says that a step begins, and how it ended. */
async function noted(
  { build, output, stage, total }: Run,
  number: number,
  code: string,
  operation: () => Promise<Taken>,
): Promise<Point> {
  const { signal } = build.request;
  if (signal.aborted) throw new EngineError('cancelled', 'the build was cancelled', { cause: signal.reason });
  // Thousands of steps that are known or change the config alone would else hold the daemon up.
  if (number % 16 === 0) await setImmediate();
  const note = { number, total, stage, name: code };
  const began = performance.now();
  output.send({ stream: `Step ${number}/${total} : ${code}\n`, step: { ...note, state: 'started' } });
  try {
    const { point, cached } = await operation();
    const duration = Math.round(performance.now() - began);
    const id = point.id === undefined ? '' : shortId(point.id);
    output.send({ stream: ` ---> ${id}\n`, step: { ...note, state: cached ? 'cached' : 'done', duration } });
    return point;
  } catch (error) {
    output.send({ step: { ...note, state: 'failed', duration: Math.round(performance.now() - began) } });
    throw error;
  }
}

async function enter(build: Build, { stage, base }: PlannedStage, output: StageOutput): Promise<Taken> {
  const from = base.kind === 'stage' ? await build.stage(base.index) : await build.base(base);
  const { config, args, author } = from.state;
  const scope = { ...build.plan.globals, declared: base.kind === 'stage' ? args.declared : new Map() };
  const point: Point = { ...from, state: enterStage(config, scope, author) };
  const triggers = config.OnBuild ?? [];
  if (triggers.length === 0) return { point, cached: true };
  output.send({ stream: `# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n` });
  return runTriggers({ build, output, stage: stage.index, total: 0 }, point, triggers.flatMap(parseTrigger));
}

async function runTriggers(run: Run, from: Point, instructions: StepInstruction[]): Promise<Taken> {
  let [point, cached] = [from, true];
  for (const instruction of instructions) {
    const taken = await take(run, point, instruction);
    point = taken.point;
    cached &&= taken.cached;
  }
  return { point, cached };
}

async function take(
  { build, output, stage }: Run,
  point: Point,
  instruction: StepInstruction,
): Promise<Taken> {
  const context: StepContext = { build, stage, point, output };
  try {
    return await takeStep(context, instruction, await prepare(context, instruction));
  } catch (error) {
    throw error instanceof Fault
      ? new DockerfileError(build.dockerfile.source, instruction.place, error)
      : error;
  }
}

function prepare(context: StepContext, instruction: StepInstruction): Prepared | Promise<Prepared> {
  switch (instruction.kind) {
    case 'RUN':
      return prepareRun(context, instruction);
    case 'COPY':
    case 'ADD':
      return prepareCopy(context, instruction);
    default:
      return prepareConfig(context, instruction);
  }
}
