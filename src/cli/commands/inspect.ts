// `skiff inspect`: whatever has that name or id: container, image, network, volume, plugin.

import { bool, string } from '../args/flag.ts';
import { any, defineCommand } from '../command.ts';
import { ApiError, isNotFound } from '../connection/api-error.ts';
import { inPath } from '../connection/path.ts';
import { ExitError } from '../exit.ts';
import { withFirstNetwork } from './container/first-network.ts';
import { objectFormatHelp } from './format-help.ts';
import { inspectObjects } from './inspect-objects.ts';

type PathOf = (name: string) => string;

/** In the order in which an object is looked for. */
const paths: Readonly<Record<string, PathOf>> = {
  container: (name) => `/containers/${name}/json`,
  image: (name) => `/images/${name}/json`,
  network: (name) => `/networks/${name}`,
  volume: (name) => `/volumes/${name}`,
  plugin: (name) => `/plugins/${name}/json`,
};

/** What a swarm has: looked for only by `--type`, and the engine says that it has no swarm. */
const ofSwarm: Readonly<Record<string, PathOf>> = {
  config: (name) => `/configs/${name}`,
  node: (name) => `/nodes/${name}`,
  secret: (name) => `/secrets/${name}`,
  service: (name) => `/services/${name}`,
  task: (name) => `/tasks/${name}`,
};

const everything: Readonly<Record<string, PathOf>> = { ...paths, ...ofSwarm };

export const command = defineCommand({
  name: 'inspect',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  description: 'Return low-level information on Docker objects',
  args: [1, any],
  flags: {
    format: string(objectFormatHelp, { short: 'f' }),
    size: bool('Display total file sizes if the type is container', { short: 's' }),
    type: string('Only inspect objects of the given type'),
  },
  async run({ args, flags, changed, engine, world }) {
    if (changed.has('type') && !Object.hasOwn(everything, flags.type)) {
      const known = Object.keys(everything)
        .sort()
        .map((kind) => JSON.stringify(kind));
      throw new ExitError(
        flags.type === ''
          ? 'type is empty'
          : `unknown type: "${flags.type}": must be one of ${known.join(', ')}`,
      );
    }
    const kinds = flags.type ? [flags.type] : Object.keys(paths);
    const fetch = async (name: string) => {
      for (const kind of kinds) {
        try {
          const query = { size: kind === 'container' && flags.size };
          return withFirstNetwork(
            await engine.json('GET', everything[kind]?.(inPath(name)) ?? '', { query }),
          );
        } catch (error) {
          if (flags.type || !(isNotFound(error) || unsupported(error, kind))) throw error;
        }
      }
      throw new Error(`Error: No such object: ${name}`);
    };
    await inspectObjects({ names: args, format: flags.format, fetch }, world);
  },
});

/** An engine without plugins says so with a status of its own. */
function unsupported(error: unknown, kind: string): boolean {
  return kind === 'plugin' && error instanceof ApiError && (error.status === 501 || error.status >= 500);
}
