// `skiff image inspect`.

import { string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { objectFormatHelp } from '../format-help.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image inspect',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  description: 'Display detailed information on one or more images',
  args: [1, any],
  flags: {
    format: string(objectFormatHelp, { short: 'f' }),
    platform: string('Inspect a specific platform of the multi-platform image ("os[/arch[/variant]]")'),
  },
  async run({ args, flags, engine, world }) {
    const query = { platform: flags.platform && platformQuery(flags.platform) };
    const fetch = (name: string) => engine.json('GET', `/images/${inPath(name)}/json`, { query });
    await inspectObjects({ names: args, format: flags.format, fetch }, world);
  },
});
