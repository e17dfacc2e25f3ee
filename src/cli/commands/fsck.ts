// `skiff fsck`: checks what the engine keeps on disk, and mends it on request.

import { bool, string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';

interface FsckReport {
  /** How many objects were looked at. */
  readonly Checked: number;
  readonly Problems: readonly {
    readonly Kind: string;
    readonly Name: string;
    readonly Problem: string;
    readonly Repaired?: boolean;
  }[];
}

export const command = defineCommand({
  name: 'fsck',
  usage: '[OPTIONS]',
  description: 'Check the store of the engine for orphans and damage',
  args: [0, 0],
  flags: {
    format: string("Format output: 'table' (default) or 'json'"),
    repair: bool('Repair what can be repaired'),
  },
  async run({ flags, engine, world }) {
    const report = await engine.json<FsckReport>('POST', '/skiff/fsck', { query: { repair: flags.repair } });
    if (flags.format === 'json') world.stdout.write(`${JSON.stringify(report)}\n`);
    else world.stdout.write(describe(report));
    return report.Problems.every((problem) => problem.Repaired) ? 0 : 1;
  },
});

function describe({ Checked, Problems }: FsckReport): string {
  const lines = Problems.map(
    (each) => `${each.Kind} ${each.Name}: ${each.Problem}${each.Repaired ? ' (repaired)' : ''}`,
  );
  const found =
    Problems.length === 0 ? 'nothing wrong' : `${Problems.length} problem${Problems.length === 1 ? '' : 's'}`;
  return [...lines, `${Checked} objects checked, ${found}`, ''].join('\n');
}
