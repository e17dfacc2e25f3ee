// `skiff image prune`.

import { bool, filter } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { filtersOf, pruneFilters } from '../filters.ts';
import { imagePrune, runPrune } from '../prune.ts';

export const command = defineCommand({
  name: 'image prune',
  usage: '[OPTIONS]',
  description: 'Remove unused images',
  args: [0, 0],
  flags: {
    all: bool('Remove all unused images, not just dangling ones', { short: 'a' }),
    'dry-run': bool('Show what would be removed, remove nothing'),
    filter: filter('Provide filter values (e.g. "until=<timestamp>")'),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
  },
  async run({ flags, engine, config, world }) {
    const filters = filtersOf(pruneFilters(flags.filter, config), { dangling: [String(!flags.all)] });
    await runPrune(
      {
        targets: [imagePrune({ filters })],
        warning: flags.all
          ? 'WARNING! This will remove all images without at least one container associated to them.'
          : 'WARNING! This will remove all dangling images.',
        force: flags.force,
        dryRun: flags['dry-run'],
      },
      engine,
      world,
    );
  },
});
