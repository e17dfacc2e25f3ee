// `skiff context update`.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { readContext, writeContext } from '../../context-store.ts';
import { endpointFlag, endpointHelp, readEndpoint } from './host-option.ts';

export const command = defineCommand({
  name: 'context update',
  usage: '[OPTIONS] CONTEXT',
  description: `Update a context\n\n${endpointHelp('update')}`,
  args: [1, 1],
  flags: {
    description: string('Description of the context'),
    docker: endpointFlag,
  },
  async run({ args: [name = ''], flags, changed, config, world }) {
    const known = readContext(config.directory, name);
    const { host, tls } = readEndpoint(flags.docker, known, config.directory);
    const description = changed.has('description') ? flags.description : known.description;
    writeContext(config.directory, { name, description, host, tls });
    world.stdout.write(`${name}\n`);
    world.stderr.write(`Successfully updated context "${name}"\n`);
  },
});
