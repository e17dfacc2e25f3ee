// `skiff pull`: an image from its registry.

import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { pullImage } from '../../registry/pull.ts';
import { parseReference } from '../../registry/reference.ts';

export const command = defineCommand({
  name: 'image pull',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  description: 'Download an image from a registry',
  args: [1, 1],
  flags: {
    'all-tags': bool('Download all tagged images in the repository', { short: 'a' }),
    'disable-content-trust': bool('Skip image verification', { initial: true, hidden: true }),
    platform: string('Set platform if server is multi-platform capable'),
    quiet: bool('Suppress verbose output', { short: 'q' }),
  },
  async run({ args: [image = ''], flags, engine, config, world }) {
    const { domain, path, familiar, tag, digest } = parseReference(image);
    const allTags = flags['all-tags'];
    if (allTags && (tag || digest)) throw new ExitError("tag can't be used with --all-tags/-a");
    const byDefault = !allTags && !tag && !digest;
    if (byDefault && !flags.quiet) world.stdout.write('Using default tag: latest\n');
    await pullImage(
      { engine, config, image, platform: flags.platform, allTags },
      flags.quiet ? undefined : world.stdout,
    );
    const full = `${domain}/${path}`;
    const version = digest ? `${tag ? `:${tag}` : ''}@${digest}` : allTags ? '' : `:${tag ?? 'latest'}`;
    world.stdout.write(`${familiar === '' ? image : full}${version}\n`);
  },
});
