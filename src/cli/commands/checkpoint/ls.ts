// `skiff checkpoint ls`.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { renderTable } from '../../output/table.ts';

export const command = defineCommand({
  name: 'checkpoint ls',
  usage: '[OPTIONS] CONTAINER',
  description: 'List checkpoints for a container',
  args: [1, 1],
  flags: { 'checkpoint-dir': string('Use a custom checkpoint storage directory') },
  async run({ args: [container = ''], flags, engine, world }) {
    const path = `/containers/${inPath(container)}/checkpoints`;
    const found = await engine.json<{ Name: string }[] | null>('GET', path, {
      query: { dir: flags['checkpoint-dir'] },
    });
    world.stdout.write(renderTable([['CHECKPOINT NAME'], ...(found ?? []).map(({ Name }) => [Name])]));
  },
});
