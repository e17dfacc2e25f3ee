// `skiff container inspect`.

import { bool, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { objectFormatHelp } from '../format-help.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { withFirstNetwork } from './first-network.ts';

export const command = defineCommand({
  name: 'container inspect',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Display detailed information on one or more containers',
  args: [1, any],
  flags: {
    format: string(objectFormatHelp, { short: 'f' }),
    size: bool('Display total file sizes', { short: 's' }),
  },
  async run({ args, flags, engine, world }) {
    const query = { size: flags.size };
    const fetch = async (name: string) =>
      withFirstNetwork(await engine.json('GET', `/containers/${inPath(name)}/json`, { query }));
    await inspectObjects({ names: args, format: flags.format, fetch }, world);
  },
});
