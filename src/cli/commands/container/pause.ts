// `skiff pause`: freezes all processes of containers.

import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'container pause',
  usage: 'CONTAINER [CONTAINER...]',
  description: 'Pause all processes within one or more containers',
  args: [1, any],
  flags: {},
  async run({ args, engine, world }) {
    await forEachName(args, world, (name) => engine.json('POST', `/containers/${inPath(name)}/pause`));
  },
});
