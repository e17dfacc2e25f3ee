// `skiff volume ls`.

import type { VolumeListResponse } from '../../../api/volume.ts';
import { bool, filter, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { naturalOrder } from '../../output/natural-order.ts';
import { printView } from '../../output/view.ts';
import { filtersOf } from '../filters.ts';
import { listFormatHelp } from '../format-help.ts';
import { volumeView } from './view.ts';

export const command = defineCommand({
  name: 'volume ls',
  usage: '[OPTIONS]',
  description: 'List volumes',
  args: [0, 0],
  flags: {
    cluster: bool('Display only cluster volumes, and use cluster volume list formatting'),
    filter: filter('Provide filter values (e.g. "dangling=true")', { short: 'f' }),
    format: string(listFormatHelp),
    quiet: bool('Only display volume names', { short: 'q' }),
  },
  async run({ flags, engine, config, world }) {
    const query = { filters: filtersOf(flags.filter) };
    const { Volumes } = await engine.json<VolumeListResponse>('GET', '/volumes', { query });
    const sorted = (Volumes ?? [])
      .filter((item) => !flags.cluster || 'ClusterVolume' in item)
      .sort((a, b) => naturalOrder(a.Name, b.Name));
    const format = flags.format || (flags.quiet ? '' : (config.file.volumesFormat ?? ''));
    await printView(world.stdout, volumeView(), sorted, { format, quiet: flags.quiet });
  },
});
