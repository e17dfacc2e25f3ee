// `skiff checkpoint rm`.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';

export const command = defineCommand({
  name: 'checkpoint rm',
  usage: '[OPTIONS] CONTAINER CHECKPOINT',
  description: 'Remove a checkpoint',
  args: [2, 2],
  flags: { 'checkpoint-dir': string('Use a custom checkpoint storage directory') },
  async run({ args: [container = '', name = ''], flags, engine }) {
    const path = `/containers/${inPath(container)}/checkpoints/${inPath(name)}`;
    await engine.json('DELETE', path, { query: { dir: flags['checkpoint-dir'] } });
  },
});
