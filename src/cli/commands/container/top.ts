// `skiff top`: the processes of a container.

import type { ContainerTopResponse } from '../../../api/container.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { renderTable } from '../../output/table.ts';

export const command = defineCommand({
  name: 'container top',
  usage: 'CONTAINER [ps OPTIONS]',
  description: 'Display the running processes of a container',
  args: [1, any],
  interspersed: false,
  flags: {},
  async run({ args: [name = '', ...options], engine, world }) {
    const query = { ps_args: options.join(' ') };
    const top = await engine.json<ContainerTopResponse>('GET', `/containers/${inPath(name)}/top`, { query });
    world.stdout.write(renderTable([top.Titles ?? [], ...(top.Processes ?? []).map((row) => row ?? [])], 20));
  },
});
