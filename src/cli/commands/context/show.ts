// `skiff context show`.

import { defineCommand } from '../../command.ts';
import { currentContext } from './current.ts';

export const command = defineCommand({
  name: 'context show',
  usage: '',
  description: 'Print the name of the current context',
  args: [0, 0],
  flags: {},
  async run({ config, world }) {
    world.stdout.write(`${currentContext(config, world.env)}\n`);
  },
});
