/**
 * Stages as a graph: what each is built on and copies from, and which of them the target needs. The rest is never
 * built. Pure.
 */
import { invalidArgument } from '../../../core/errors.ts';
import { expandWord } from '../dockerfile/expand.ts';
import { DockerfileError, Fault, suggest } from '../dockerfile/fault.ts';
import type { Dockerfile, Stage, StepInstruction } from '../dockerfile/instruction.ts';
import { parseMount } from '../dockerfile/mount.ts';
import { parseTrigger } from '../dockerfile/parse.ts';
import { type ArgScope, declareGlobal } from './args.ts';

/** What a stage stands on, or copies from. */
export type Source =
  | { kind: 'scratch' }
  | { kind: 'stage'; index: number }
  | { kind: 'image'; reference: string; platform?: string };

export interface PlannedStage {
  stage: Stage;
  base: Source;
  /** Indices of stages that must be ready before, or while, this one is built; ascending. */
  needs: number[];
}

export interface Plan {
  /** Only those that the target needs, in the file's order; the target is the last. */
  stages: PlannedStage[];
  /** The rest: a trigger of a base image may still ask for one. */
  others: PlannedStage[];
  /** Values of the ARGs before the first FROM. */
  globals: ArgScope;
  warnings: string[];
}

/** Throws DockerfileError, or `invalid-argument` for a target that is not there. */
export function planStages(dockerfile: Dockerfile, given: ArgScope, target = ''): Plan {
  const globals = globalValues(dockerfile, given);
  if (dockerfile.stages.length === 0) throw invalidArgument('no build stage in current context');
  const planned = dockerfile.stages.map((stage) => planStage(dockerfile, stage, globals));
  const needed = reachable(planned, findTarget(dockerfile.stages, target));
  const stages = planned.filter(({ stage }) => needed.has(stage.index));
  const others = planned.filter(({ stage }) => !needed.has(stage.index));
  return { stages, others, globals, warnings: duplicateNames(dockerfile.stages) };
}

/** Where `--from=…` leads from within a stage: an earlier stage by name or number, else an image. */
export function resolveFrom(stages: readonly Stage[], from: string, current: number): Source {
  const byName = stages.findLast(
    ({ name, index }) => name !== '' && name === from.toLowerCase() && index < current,
  );
  if (byName) return { kind: 'stage', index: byName.index };
  if (/^\d+$/.test(from)) {
    if (Number(from) < current) return { kind: 'stage', index: Number(from) };
    const isSelf = Number(from) === current;
    const reason = isSelf ? 'refers to current build stage' : 'index out of bounds';
    throw new Fault(`invalid from flag value ${from}: ${reason}`, from);
  }
  if (stages.some(({ name }) => name !== '' && name === from.toLowerCase())) {
    throw new Fault(
      `cannot copy from stage ${JSON.stringify(from)}, it needs to be defined before current stage`,
      from,
    );
  }
  return { kind: 'image', reference: from };
}

function globalValues({ source, globalArgs, directives }: Dockerfile, given: ArgScope): ArgScope {
  let scope = given;
  for (const { args, place } of globalArgs) {
    for (const { name, value } of args) {
      const expand = (word: string) =>
        expandWord(word, { lookup: (key) => scope.global.get(key), escapeChar: directives.escapeChar });
      // A default that nobody takes need not have a value.
      const fallback = () => (scope.given.has(name) ? undefined : value && expand(value));
      scope = placed(source, place, () => declareGlobal(scope, name, fallback()));
    }
  }
  return scope;
}

function planStage(dockerfile: Dockerfile, stage: Stage, globals: ArgScope): PlannedStage {
  const { source, stages } = dockerfile;
  const base = placed(source, stage.from.place, () => baseOf(dockerfile, stage, globals));
  const sources = [...triggersOf(stages, base), ...stage.steps].flatMap((step) =>
    placed(source, step.place, () => fromsOf(step).map((from) => resolveFrom(stages, from, stage.index))),
  );
  const indices = [base, ...sources].flatMap((from) => (from.kind === 'stage' ? [from.index] : []));
  return { stage, base, needs: [...new Set(indices)].sort((a, b) => a - b) };
}

/** What the stage below leaves to be done (ONBUILD). */
function triggersOf(stages: readonly Stage[], base: Source): StepInstruction[] {
  const below = base.kind === 'stage' ? (stages[base.index]?.steps ?? []) : [];
  return below.flatMap((step) => (step.kind === 'ONBUILD' ? parseTrigger(step.text) : []));
}

function baseOf({ stages, directives }: Dockerfile, { from, index }: Stage, globals: ArgScope): Source {
  const expand = (word: string) =>
    expandWord(word, { lookup: (name) => globals.global.get(name), escapeChar: directives.escapeChar });
  const image = expand(from.image);
  if (image === '') throw new Fault(`base name (${from.image}) should not be blank`, from.image);
  if (image === 'scratch') return { kind: 'scratch' };
  const earlier = stages.findLast((stage) => stage.name === image.toLowerCase() && stage.index < index);
  if (earlier) return { kind: 'stage', index: earlier.index };
  const platform = from.platform === undefined ? undefined : expand(from.platform);
  return { kind: 'image', reference: image, platform: platform || undefined };
}

/** The `from` of COPY and of RUN's mounts. */
export function fromsOf(step: StepInstruction): string[] {
  if (step.kind === 'COPY') return step.from === undefined ? [] : [step.from];
  if (step.kind !== 'RUN') return [];
  return step.mounts.flatMap((mount) => parseMount(mount).from ?? []);
}

function findTarget(stages: readonly Stage[], target: string): number {
  if (target === '') return stages.length - 1;
  const found = stages.findLast(({ name }) => name === target.toLowerCase());
  if (found) return found.index;
  if (/^\d+$/.test(target) && Number(target) < stages.length) return Number(target);
  const hint = suggest(
    target,
    stages.map(({ name }) => name),
  );
  throw invalidArgument(`failed to reach build target ${target} in Dockerfile${hint}`);
}

function reachable(planned: readonly PlannedStage[], target: number): Set<number> {
  const reached = new Set<number>();
  const visit = (index: number) => {
    if (reached.has(index)) return;
    reached.add(index);
    planned[index]?.needs.forEach(visit);
  };
  visit(target);
  return reached;
}

function duplicateNames(stages: readonly Stage[]): string[] {
  return stages
    .filter(({ name, index }) => name !== '' && stages.findIndex((other) => other.name === name) < index)
    .map(({ name }) => `Duplicate stage name "${name}", stage names should be unique`);
}

function placed<T>(
  source: Dockerfile['source'],
  place: { line: number; lastLine: number },
  operation: () => T,
): T {
  try {
    return operation();
  } catch (error) {
    throw error instanceof Fault ? new DockerfileError(source, place, error) : error;
  }
}
