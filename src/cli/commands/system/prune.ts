// `skiff system prune`: containers, networks, images, build cache, and on request volumes.

import { bool, filter } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { filtersOf, pruneFilters } from '../filters.ts';
import { buildPrune, containerPrune, imagePrune, networkPrune, runPrune, volumePrune } from '../prune.ts';

export const command = defineCommand({
  name: 'system prune',
  usage: '[OPTIONS]',
  description: 'Remove unused data',
  args: [0, 0],
  flags: {
    all: bool('Remove all unused images not just dangling ones', { short: 'a' }),
    'dry-run': bool('Show what would be removed, remove nothing'),
    filter: filter('Provide filter values (e.g. "label=<key>=<value>")'),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
    volumes: bool('Prune anonymous volumes'),
  },
  async run({ flags, engine, config, world }) {
    const { all, volumes } = flags;
    const filter = pruneFilters(flags.filter, config);
    if (volumes && filter.some((text) => text.startsWith('until='))) {
      throw new ExitError('ERROR: The "until" filter is not supported with "--volumes"');
    }
    const filters = filtersOf(filter);
    const targets = [
      containerPrune({ filters }),
      networkPrune({ filters }),
      ...(volumes ? [volumePrune({ filters })] : []),
      imagePrune({ filters: filtersOf(filter, { dangling: [String(!all)] }) }),
      buildPrune({ all, filters }),
    ];
    await runPrune(
      { targets, warning: warning({ ...flags, filter }), force: flags.force, dryRun: flags['dry-run'] },
      engine,
      world,
    );
  },
});

function warning({
  all,
  volumes,
  filter,
}: {
  all: boolean;
  volumes: boolean;
  filter: readonly string[];
}): string {
  const lines = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
  const conditions =
    filter.length > 0
      ? `\n  Items to be pruned will be filtered with:\n${filter.map((text) => `  - ${text}\n`).join('')}`
      : '';
  return `WARNING! This will remove:\n${lines.map((line) => `  - ${line}\n`).join('')}${conditions}`;
}
