// `skiff network inspect`.

import { bool, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { objectFormatHelp } from '../format-help.ts';
import { inspectObjects } from '../inspect-objects.ts';

export const command = defineCommand({
  name: 'network inspect',
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  description: 'Display detailed information on one or more networks',
  args: [1, any],
  flags: {
    format: string(objectFormatHelp, { short: 'f' }),
    verbose: bool('Verbose output for diagnostics', { short: 'v' }),
  },
  async run({ args, flags, engine, world }) {
    const query = { verbose: flags.verbose };
    const fetch = (name: string) => engine.json('GET', `/networks/${inPath(name)}`, { query });
    await inspectObjects({ names: args, format: flags.format, fetch }, world);
  },
});
