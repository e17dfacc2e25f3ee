// `skiff ps`: the containers there are.

import type { ContainerSummary } from '../../../api/container.ts';
import { bool, filter, int, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { printView, type View } from '../../output/view.ts';
import { containerView } from '../../views/container.ts';
import { filtersOf } from '../filters.ts';
import { listFormatHelp } from '../format-help.ts';

export const command = defineCommand({
  name: 'container ls',
  usage: '[OPTIONS]',
  description: 'List containers',
  args: [0, 0],
  flags: {
    all: bool('Show all containers (default shows just running)', { short: 'a' }),
    filter: filter('Filter output based on conditions provided', { short: 'f' }),
    format: string(listFormatHelp),
    last: int('Show n last created containers (includes all states)', { short: 'n', initial: -1 }),
    latest: bool('Show the latest created container (includes all states)', { short: 'l' }),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only display container IDs', { short: 'q' }),
    size: bool('Display total file sizes', { short: 's' }),
  },
  async run({ flags, changed, engine, config, world }) {
    const limit = flags.latest && !changed.has('last') ? 1 : flags.last;
    if (flags.quiet && flags.format) {
      world.stderr.write('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    }
    const format = flags.quiet ? '' : flags.format || (config.file.psFormat ?? '');
    const view = containerView({ full: flags['no-trunc'], size: flags.size, now: world.now() });
    // To know a size the engine looks at every file: it is asked for only where it is shown.
    const size = flags.size || (await readsSize(view, format));
    const query = {
      all: flags.all || limit > 0,
      limit: limit > 0 ? limit : undefined,
      size,
      filters: filtersOf(flags.filter),
    };
    const containers = await engine.json<ContainerSummary[]>('GET', '/containers/json', { query });
    await printView(world.stdout, view, containers, { format, quiet: flags.quiet });
  },
});

async function readsSize(view: View<ContainerSummary>, format: string): Promise<boolean> {
  if (!format.includes('{{')) return false;
  return (await import('../../output/view-template.ts')).fieldsUsed(view, format).has('Size');
}
