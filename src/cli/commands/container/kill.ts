// `skiff kill`: a signal to the main process of containers.

import { string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'container kill',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Kill one or more running containers',
  args: [1, any],
  flags: { signal: string('Signal to send to the container', { short: 's' }) },
  async run({ args, flags, engine, world }) {
    const query = { signal: flags.signal };
    await forEachName(args, world, (name) =>
      engine.json('POST', `/containers/${inPath(name)}/kill`, { query }),
    );
  },
});
