// `skiff unpause`: lets frozen containers go on.

import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'container unpause',
  usage: 'CONTAINER [CONTAINER...]',
  description: 'Unpause all processes within one or more containers',
  args: [1, any],
  flags: {},
  async run({ args, engine, world }) {
    await forEachName(args, world, (name) => engine.json('POST', `/containers/${inPath(name)}/unpause`));
  },
});
