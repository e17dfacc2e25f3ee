// `skiff network disconnect`.

import { bool } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';

export const command = defineCommand({
  name: 'network disconnect',
  usage: '[OPTIONS] NETWORK CONTAINER',
  description: 'Disconnect a container from a network',
  args: [2, 2],
  flags: { force: bool('Force the container to disconnect from a network', { short: 'f' }) },
  async run({ args: [network = '', container = ''], flags, engine }) {
    const json = { Container: container, Force: flags.force };
    await engine.json('POST', `/networks/${inPath(network)}/disconnect`, { json });
  },
});
