// `skiff network ls`.

import type { NetworkResource } from '../../../api/network.ts';
import { bool, filter, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { naturalOrder } from '../../output/natural-order.ts';
import { printView } from '../../output/view.ts';
import { filtersOf } from '../filters.ts';
import { listFormatHelp } from '../format-help.ts';
import { networkView } from './view.ts';

export const command = defineCommand({
  name: 'network ls',
  usage: '[OPTIONS]',
  description: 'List networks',
  args: [0, 0],
  flags: {
    filter: filter('Provide filter values (e.g. "driver=bridge")', { short: 'f' }),
    format: string(listFormatHelp),
    'no-trunc': bool('Do not truncate the output'),
    quiet: bool('Only display network IDs', { short: 'q' }),
  },
  async run({ flags, engine, config, world }) {
    const query = { filters: filtersOf(flags.filter) };
    const networks = await engine.json<NetworkResource[]>('GET', '/networks', { query });
    networks.sort((a, b) => naturalOrder(a.Name, b.Name));
    const format = flags.format || (flags.quiet ? '' : (config.file.networksFormat ?? ''));
    await printView(world.stdout, networkView(flags['no-trunc']), networks, { format, quiet: flags.quiet });
  },
});
