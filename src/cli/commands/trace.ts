// `skiff trace`: the steps that a container took through the layers of the engine, and how long each was.

import { string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { renderTable } from '../output/table.ts';
import { inPath } from './each.ts';

/** One step; `Parent` is the index of the step around it. Times in milliseconds, `Start` since 1970. */
interface TraceStep {
  readonly Name: string;
  readonly Start: number;
  readonly Duration?: number;
  readonly Parent?: number;
  readonly Error?: string;
  readonly Attributes?: Readonly<Record<string, string | number | boolean>>;
}

export const command = defineCommand({
  name: 'trace',
  usage: '[OPTIONS] CONTAINER',
  description: 'Show the steps that a container took through the engine',
  args: [1, 1],
  flags: { format: string("Format output: 'table' (default) or 'json'") },
  async run({ args: [name = ''], flags, engine, world }) {
    const steps = await engine.json<TraceStep[]>('GET', `/containers/${inPath(name)}/trace`);
    world.stdout.write(flags.format === 'json' ? `${JSON.stringify(steps)}\n` : draw(steps));
  },
});

function draw(steps: readonly TraceStep[]): string {
  const first = Math.min(...steps.map((step) => step.Start));
  const rows = steps.map((step) => [
    `+${(step.Start - first).toFixed(1)}`,
    step.Duration === undefined ? '' : step.Duration.toFixed(1),
    '  '.repeat(depth(steps, step)) + step.Name,
    [...Object.entries(step.Attributes ?? {}).map(([key, value]) => `${key}=${value}`), step.Error ?? '']
      .filter((text) => text !== '')
      .join(' '),
  ]);
  return renderTable([['AT (MS)', 'TOOK (MS)', 'STEP', 'DETAILS'], ...rows]);
}

function depth(steps: readonly TraceStep[], step: TraceStep): number {
  let count = 0;
  for (let at = step.Parent; at !== undefined && count < steps.length; at = steps[at]?.Parent) count++;
  return count;
}
