// `skiff rm`: removes containers.

import { bool } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { isNotFound } from '../../connection/api-error.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'container rm',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Remove one or more containers',
  args: [1, any],
  flags: {
    force: bool('Force the removal of a running container (uses SIGKILL)', { short: 'f' }),
    link: bool('Remove the specified link', { short: 'l' }),
    volumes: bool('Remove anonymous volumes associated with the container', { short: 'v' }),
  },
  async run({ args, flags, engine, world }) {
    const query = { force: flags.force, link: flags.link, v: flags.volumes };
    await forEachName(args, world, async (name) => {
      try {
        await engine.json('DELETE', `/containers/${inPath(name.replace(/^\/+/, ''))}`, { query });
        return name;
      } catch (error) {
        if (!flags.force || !isNotFound(error)) throw error;
        // With --force, what is gone already is told but no failure.
        world.stderr.write(`${error.message}\n`);
        return '';
      }
    });
  },
});
