// `skiff volume rm`.

import { bool } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'volume rm',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  description: 'Remove one or more volumes. You cannot remove a volume that is in use by a container.',
  args: [1, any],
  flags: { force: bool('Force the removal of one or more volumes', { short: 'f' }) },
  async run({ args, flags, engine, world }) {
    const query = { force: flags.force };
    await forEachName(args, world, (name) => engine.json('DELETE', `/volumes/${inPath(name)}`, { query }));
  },
});
