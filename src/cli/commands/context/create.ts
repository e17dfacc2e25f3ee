// `skiff context create`.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { parseEndpoint } from '../../connection/endpoint.ts';
import { listContexts, writeContext } from '../../context-store.ts';
import { ExitError } from '../../exit.ts';
import { hostOfOption } from './host-option.ts';

export const command = defineCommand({
  name: 'context create',
  usage: '[OPTIONS] CONTEXT',
  description: 'Create a context',
  args: [1, 1],
  flags: {
    description: string('Description of the context'),
    docker: string('set the endpoint ("host=unix:///run/skiff/skiff.sock")', { label: 'stringToString' }),
  },
  async run({ args: [name = ''], flags, engine, config, world }) {
    if (name === 'default') throw new ExitError('"default" is a reserved context name');
    if (listContexts(config.directory).some((context) => context.name === name)) {
      throw new ExitError(`context "${name}" already exists`);
    }
    const host = hostOfOption(flags.docker) ?? engine.endpoint.text;
    parseEndpoint(host);
    writeContext(config.directory, { name, description: flags.description, host });
    world.stdout.write(`${name}\n`);
    world.stderr.write(`Successfully created context "${name}"\n`);
  },
});
