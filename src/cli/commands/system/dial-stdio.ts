// `skiff system dial-stdio`: stdin and stdout become a connection to the engine (the far end of ssh://).

import { defineCommand } from '../../command.ts';
import { dial } from '../../connection/dial.ts';
import { pump, rawTo } from '../../stream/pump.ts';

export const command = defineCommand({
  name: 'system dial-stdio',
  usage: '',
  description: 'Proxy the stdio stream to the daemon connection',
  args: [0, 0],
  flags: {},
  async run({ engine, world }) {
    const socket = await dial(engine.endpoint);
    world.stdin.pipe(socket);
    await pump(socket, rawTo(world.stdout));
  },
});
