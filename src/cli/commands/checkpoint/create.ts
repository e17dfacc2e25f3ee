// `skiff checkpoint create`: freezes a running container to disk.

import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';

export const command = defineCommand({
  name: 'checkpoint create',
  usage: '[OPTIONS] CONTAINER CHECKPOINT',
  description: 'Create a checkpoint from a running container',
  args: [2, 2],
  flags: {
    'checkpoint-dir': string('Use a custom checkpoint storage directory'),
    'leave-running': bool('Leave the container running after checkpoint'),
  },
  async run({ args: [container = '', name = ''], flags, engine, world }) {
    const json = {
      CheckpointID: name,
      CheckpointDir: flags['checkpoint-dir'],
      Exit: !flags['leave-running'],
    };
    await engine.json('POST', `/containers/${inPath(container)}/checkpoints`, { json });
    world.stdout.write(`${name}\n`);
  },
});
