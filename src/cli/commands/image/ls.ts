// `skiff images`: the images there are.

import type { ImageSummary } from '../../../api/image.ts';
import { bool, filter, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { printView } from '../../output/view.ts';
import { imageRows, imageView } from '../../views/image.ts';
import { filtersOf } from '../filters.ts';
import { listFormatHelp } from '../format-help.ts';

export const command = defineCommand({
  name: 'image ls',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  description: 'List images',
  args: [0, 1],
  flags: {
    all: bool('Show all images (default hides intermediate images)', { short: 'a' }),
    digests: bool('Show digests'),
    filter: filter('Filter output based on conditions provided', { short: 'f' }),
    format: string(listFormatHelp),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only show image IDs', { short: 'q' }),
  },
  async run({ args: [name], flags, engine, config, world }) {
    const filters = filtersOf(flags.filter, name === undefined ? {} : { reference: [name] });
    const images = await engine.json<ImageSummary[]>('GET', '/images/json', {
      query: { all: flags.all, filters },
    });
    const view = imageView({ full: flags['no-trunc'], digests: flags.digests, now: world.now() });
    const format = flags.format || (flags.quiet ? '' : (config.file.imagesFormat ?? ''));
    const digests = flags.digests || format.includes('.Digest');
    await printView(
      world.stdout,
      view,
      images.flatMap((image) => imageRows(image, digests)),
      { format, quiet: flags.quiet },
    );
  },
});
