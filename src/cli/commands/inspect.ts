// `skiff inspect`: whatever has that name or id: container, image, network, volume, plugin.

import { bool, string } from '../args/flag.ts';
import { any, defineCommand } from '../command.ts';
import { ApiError, isNotFound } from '../connection/api-error.ts';
import { inPath } from '../connection/path.ts';
import { ExitError } from '../exit.ts';
import { objectFormatHelp } from './format-help.ts';
import { inspectObjects } from './inspect-objects.ts';

const paths: Readonly<Record<string, (name: string) => string>> = {
  container: (name) => `/containers/${name}/json`,
  image: (name) => `/images/${name}/json`,
  network: (name) => `/networks/${name}`,
  volume: (name) => `/volumes/${name}`,
  plugin: (name) => `/plugins/${name}/json`,
};

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
    if (changed.has('type') && !Object.hasOwn(paths, flags.type)) {
      const known = Object.keys(paths).map((kind) => JSON.stringify(kind));
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
          return await engine.json('GET', paths[kind]?.(inPath(name)) ?? '', { query });
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
