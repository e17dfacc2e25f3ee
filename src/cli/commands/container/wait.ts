// `skiff wait`: blocks until containers stop and prints their exit codes.

import type { ContainerWaitResponse } from '../../../api/container.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'container wait',
  usage: 'CONTAINER [CONTAINER...]',
  description: 'Block until one or more containers stop, then print their exit codes',
  args: [1, any],
  flags: {},
  async run({ args, engine, world }) {
    await forEachName(args, world, async (name) => {
      const exit = await engine.json<ContainerWaitResponse>('POST', `/containers/${inPath(name)}/wait`);
      if (exit.Error?.Message) throw new Error(exit.Error.Message);
      return String(exit.StatusCode);
    });
  },
});
