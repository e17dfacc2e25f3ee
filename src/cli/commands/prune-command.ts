// A prune of one kind of thing, whatever is not used: containers, networks.

import { bool, filter } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { filtersOf, pruneFilters } from './filters.ts';
import { type PruneTarget, runPrune } from './prune.ts';

export interface Pruned {
  readonly name: string;
  readonly description: string;
  /** What is asked before: 'WARNING! This will remove …' */
  readonly warning: string;
  readonly target: (query: PruneTarget['query']) => PruneTarget;
}

export function pruneCommand({ name, description, warning, target }: Pruned) {
  return defineCommand({
    name,
    usage: '[OPTIONS]',
    description,
    args: [0, 0],
    flags: {
      'dry-run': bool('Show what would be removed, remove nothing'),
      filter: filter('Provide filter values (e.g. "until=<timestamp>")'),
      force: bool('Do not prompt for confirmation', { short: 'f' }),
    },
    async run({ flags, engine, config, world }) {
      const targets = [target({ filters: filtersOf(pruneFilters(flags.filter, config)) })];
      await runPrune({ targets, warning, force: flags.force, dryRun: flags['dry-run'] }, engine, world);
    },
  });
}
