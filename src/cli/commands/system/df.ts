// `skiff system df`: what takes space, and how much of it could be had back.

import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { renderTable } from '../../output/table.ts';
import { printView } from '../../output/view.ts';
import { detailTables } from '../../views/disk-details.ts';
import { type DiskItems, readDiskUsage } from '../../views/disk-items.ts';
import { summaryView } from '../../views/disk-summary.ts';
import { listFormatHelp } from '../format-help.ts';

export const command = defineCommand({
  name: 'system df',
  usage: '[OPTIONS]',
  description: 'Show disk usage',
  args: [0, 0],
  flags: {
    format: string(listFormatHelp),
    verbose: bool('Show detailed information on space usage', { short: 'v' }),
  },
  async run({ flags, engine, world }) {
    const items = await readDiskUsage(engine);
    if (!flags.verbose) {
      const { rows, view } = summaryView(items);
      await printView(world.stdout, view, rows, { format: flags.format });
    } else if (flags.format === '' || flags.format === 'table') {
      world.stdout.write(describeAll(items, world.now()));
    } else if (flags.format === 'json') {
      world.stdout.write(`${JSON.stringify(items)}\n`);
    } else throw new ExitError('the verbose and the format options conflict');
  },
});

function describeAll(items: DiskItems, now: number): string {
  return detailTables(items, now)
    .map(({ title, rows }) => `${title}\n\n${renderTable(rows)}`)
    .join('\n');
}
