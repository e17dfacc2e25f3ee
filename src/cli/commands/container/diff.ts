// `skiff diff`: what a container has changed in its file system.

import type { FilesystemChange } from '../../../api/container.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';

const letters = ['C', 'A', 'D'];

export const command = defineCommand({
  name: 'container diff',
  usage: 'CONTAINER',
  description: "Inspect changes to files or directories on a container's filesystem",
  args: [1, 1],
  flags: {},
  async run({ args: [name = ''], engine, world }) {
    const changes = await engine.json<FilesystemChange[] | null>(
      'GET',
      `/containers/${inPath(name)}/changes`,
    );
    world.stdout.write((changes ?? []).map(({ Kind, Path }) => `${letters[Kind] ?? '?'} ${Path}\n`).join(''));
  },
});
