// `skiff context create`.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { listContexts, readContext, writeContext } from '../../context-store.ts';
import { ExitError } from '../../exit.ts';
import { endpointFlag, endpointHelp, readEndpoint } from './host-option.ts';

export const command = defineCommand({
  name: 'context create',
  usage: '[OPTIONS] CONTEXT',
  description: `Create a context\n\n${endpointHelp('create')}`,
  args: [1, 1],
  flags: {
    description: string('Description of the context'),
    docker: endpointFlag,
    from: string('Create the context from a named one'),
  },
  async run({ args: [name = ''], flags, engine, config, world }) {
    if (name === 'default') throw new ExitError('"default" is a reserved context name');
    if (listContexts(config.directory).some((context) => context.name === name)) {
      throw new ExitError(`context "${name}" already exists`);
    }
    const copied = flags.from ? readContext(config.directory, flags.from) : { host: engine.endpoint.text };
    const endpoint = readEndpoint(flags.docker, copied, config.directory);
    writeContext(config.directory, {
      name,
      description: flags.description,
      host: endpoint.host,
      tls: endpoint.tls,
    });
    world.stdout.write(`${name}\n`);
    world.stderr.write(`Successfully created context "${name}"\n`);
  },
});
