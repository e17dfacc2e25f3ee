// `skiff context rm`.

import { bool } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { listContexts, removeContext } from '../../context-store.ts';
import { ExitError } from '../../exit.ts';
import { forEachName } from '../each.ts';
import { currentContext } from './current.ts';

export const command = defineCommand({
  name: 'context rm',
  usage: 'CONTEXT [CONTEXT...]',
  description: 'Remove one or more contexts',
  args: [1, any],
  flags: { force: bool('Force the removal of a context in use', { short: 'f' }) },
  async run({ args, flags, config, world }) {
    const current = currentContext(config, world.env);
    await forEachName(args, world, async (name) => {
      if (name === 'default') throw new ExitError('context "default" cannot be removed');
      if (name === current && !flags.force) {
        throw new ExitError(`context "${name}" is in use, set -f flag to force remove`);
      }
      if (!listContexts(config.directory).some((context) => context.name === name)) {
        throw new ExitError(`context "${name}" does not exist`);
      }
      removeContext(config.directory, name);
    });
  },
});
