// `skiff context use`.

import { defineCommand } from '../../command.ts';
import { readConfigFile } from '../../config.ts';
import { readContext } from '../../context-store.ts';
import { writeConfig } from '../../write-config.ts';
import { overrideWarning } from './current.ts';

export const command = defineCommand({
  name: 'context use',
  usage: 'CONTEXT',
  description: 'Set the current context',
  args: [1, 1],
  flags: {},
  async run({ args: [name = ''], config, world }) {
    if (name !== 'default') readContext(config.directory, name);
    const { currentContext: _, ...rest } = readConfigFile(config.directory) ?? config.file;
    writeConfig(config, name === 'default' ? rest : { ...rest, currentContext: name });
    world.stdout.write(`${name}\n`);
    world.stderr.write(`Current context is now "${name}"\n`);
    if (name !== 'default') world.stderr.write(overrideWarning(world.env));
  },
});
