// `skiff network rm`.

import { bool } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { isNotFound } from '../../connection/api-error.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError, messageOf } from '../../exit.ts';

export const command = defineCommand({
  name: 'network rm',
  usage: 'NETWORK [NETWORK...]',
  description: 'Remove one or more networks',
  args: [1, any],
  flags: { force: bool('Do not error if the network does not exist', { short: 'f' }) },
  async run({ args, flags, engine, world }) {
    let failed = false;
    for (const name of args) {
      try {
        await engine.json('DELETE', `/networks/${inPath(name)}`);
        world.stdout.write(`${name}\n`);
      } catch (error) {
        if (flags.force && isNotFound(error)) continue;
        world.stderr.write(`${messageOf(error)}\n`);
        failed = true;
      }
    }
    if (failed) throw new ExitError('exit status 1');
  },
});
