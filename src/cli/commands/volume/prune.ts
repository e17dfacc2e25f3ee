// `skiff volume prune`.

import { bool, filter } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { filtersOf, pruneFilters } from '../filters.ts';
import { runPrune, volumePrune } from '../prune.ts';

export const command = defineCommand({
  name: 'volume prune',
  usage: '[OPTIONS]',
  description: 'Remove unused local volumes',
  args: [0, 0],
  flags: {
    all: bool('Remove all unused volumes, not just anonymous ones', { short: 'a' }),
    'dry-run': bool('Show what would be removed, remove nothing'),
    filter: filter('Provide filter values (e.g. "label=<label>")'),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
  },
  async run({ flags, engine, config, world }) {
    const filters = filtersOf(pruneFilters(flags.filter, config), flags.all ? { all: ['true'] } : {});
    await runPrune(
      {
        targets: [volumePrune({ filters })],
        warning: flags.all
          ? 'WARNING! This will remove all local volumes not used by at least one container.'
          : 'WARNING! This will remove anonymous local volumes not used by at least one container.',
        force: flags.force,
        dryRun: flags['dry-run'],
      },
      engine,
      world,
    );
  },
});
