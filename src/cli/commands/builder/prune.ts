// `skiff builder prune`.

import { bool, bytes, filter } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { filtersOf, pruneFilters } from '../filters.ts';
import { buildPrune, runPrune } from '../prune.ts';

export const command = defineCommand({
  name: 'builder prune',
  usage: '[OPTIONS]',
  description: 'Remove build cache',
  args: [0, 0],
  flags: {
    all: bool('Remove all unused build cache, not just dangling ones', { short: 'a' }),
    'dry-run': bool('Show what would be removed, remove nothing'),
    filter: filter('Provide filter values (e.g. "until=24h")'),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
    'keep-storage': bytes('Amount of disk space to keep for cache'),
  },
  async run({ flags, engine, config, world }) {
    const query = {
      all: flags.all,
      'keep-storage': flags['keep-storage'] || undefined,
      filters: filtersOf(pruneFilters(flags.filter, config)),
    };
    const warning = flags.all
      ? 'WARNING! This will remove all build cache.'
      : 'WARNING! This will remove all dangling build cache.';
    const options = { targets: [buildPrune(query)], warning, force: flags.force, dryRun: flags['dry-run'] };
    await runPrune(options, engine, world);
  },
});
