// `skiff context update`.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { readContext, writeContext } from '../../context-store.ts';
import { readEndpoint } from './host-option.ts';

export const command = defineCommand({
  name: 'context update',
  usage: '[OPTIONS] CONTEXT',
  description: 'Update a context',
  args: [1, 1],
  flags: {
    description: string('Description of the context'),
    docker: string('set the endpoint ("host=unix:///run/skiff/skiff.sock")', { label: 'stringToString' }),
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
