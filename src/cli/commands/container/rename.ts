// `skiff rename`: a new name for a container.

import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError, messageOf } from '../../exit.ts';

export const command = defineCommand({
  name: 'container rename',
  usage: 'CONTAINER NEW_NAME',
  description: 'Rename a container',
  args: [2, 2],
  flags: {},
  async run({ args: [from = '', to = ''], engine }) {
    if (from.trim() === '' || to.trim() === '')
      throw new ExitError('Error: Neither old nor new names may be empty');
    try {
      await engine.json('POST', `/containers/${inPath(from.trim())}/rename`, { query: { name: to.trim() } });
    } catch (error) {
      throw new ExitError(`${messageOf(error)}\nError: failed to rename container named ${from}`, 1, {
        cause: error,
      });
    }
  },
});
