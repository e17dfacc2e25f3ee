// `skiff volume inspect`.

import { string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { objectFormatHelp } from '../format-help.ts';
import { inspectObjects } from '../inspect-objects.ts';

export const command = defineCommand({
  name: 'volume inspect',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  description: 'Display detailed information on one or more volumes',
  args: [1, any],
  flags: { format: string(objectFormatHelp, { short: 'f' }) },
  async run({ args, flags, engine, world }) {
    const fetch = (name: string) => engine.json('GET', `/volumes/${inPath(name)}`);
    await inspectObjects({ names: args, format: flags.format, fetch }, world);
  },
});
