// `skiff container prune`.

import { bool, filter } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { filtersOf } from '../filters.ts';
import { containerPrune, runPrune } from '../prune.ts';

export const command = defineCommand({
  name: 'container prune',
  usage: '[OPTIONS]',
  description: 'Remove all stopped containers',
  args: [0, 0],
  flags: {
    'dry-run': bool('Show what would be removed, remove nothing'),
    filter: filter('Provide filter values (e.g. "until=<timestamp>")'),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
  },
  async run({ flags, engine, world }) {
    const filters = filtersOf(flags.filter);
    await runPrune(
      {
        targets: [containerPrune({ filters })],
        warning: 'WARNING! This will remove all stopped containers.',
        force: flags.force,
        dryRun: flags['dry-run'],
      },
      engine,
      world,
    );
  },
});
