// `skiff images`: the images there are.

import type { ImageSummary } from '../../../api/image.ts';
import { bool, filter, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { printView } from '../../output/view.ts';
import { imageRows, imageView } from '../../views/image.ts';
import { imageTree } from '../../views/image-tree.ts';
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
    tree: bool('List multi-platform images as a tree (EXPERIMENTAL)'),
  },
  async run({ args: [name], flags, engine, config, world }) {
    if (flags.tree) refuseWithTree(flags);
    const filters = filtersOf(flags.filter, name === undefined ? {} : { reference: [name] });
    const images = await engine.json<ImageSummary[]>('GET', '/images/json', {
      query: { all: flags.all, filters, manifests: flags.tree },
    });
    if (flags.tree) {
      world.stdout.write(imageTree(images));
      return;
    }
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

function refuseWithTree(flags: {
  quiet: boolean;
  'no-trunc': boolean;
  digests: boolean;
  format: string;
}): void {
  const clash = flags.quiet
    ? '--quiet'
    : flags['no-trunc']
      ? '--no-trunc'
      : flags.digests
        ? '--show-digest'
        : '';
  if (clash) throw new ExitError(`${clash} is not yet supported with --tree`);
  if (flags.format) throw new ExitError('--format is not yet supported with --tree');
}
