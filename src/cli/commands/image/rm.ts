// `skiff rmi`: removes images, or names of them.

import type { ImageDeleteItem } from '../../../api/image.ts';
import { bool, strings } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { isNotFound } from '../../connection/api-error.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError, messageOf } from '../../exit.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image rm',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  description: 'Remove one or more images',
  args: [1, any],
  flags: {
    force: bool('Force removal of the image', { short: 'f' }),
    'no-prune': bool('Do not delete untagged parents'),
    platform: strings(
      'Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    ),
  },
  async run({ args, flags, engine, world }) {
    const query = {
      force: flags.force,
      noprune: flags['no-prune'],
      platforms: flags.platform.map(platformQuery),
    };
    const problems: string[] = [];
    let fatal = false;
    for (const name of args) {
      try {
        const items = await engine.json<ImageDeleteItem[]>('DELETE', `/images/${inPath(name)}`, { query });
        for (const item of items) {
          world.stdout.write(item.Deleted ? `Deleted: ${item.Deleted}\n` : `Untagged: ${item.Untagged}\n`);
        }
      } catch (error) {
        fatal ||= !isNotFound(error);
        problems.push(messageOf(error));
      }
    }
    if (problems.length === 0) return 0;
    if (flags.force && !fatal) {
      world.stderr.write(`${problems.join('\n')}\n`);
      return 0;
    }
    throw new ExitError(problems.join('\n'));
  },
});
