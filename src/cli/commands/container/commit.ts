// `skiff commit`: the state of a container becomes an image.

import type { IdResponse } from '../../../api/error.ts';
import { bool, list, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { parseReference } from '../../registry/reference.ts';

export const command = defineCommand({
  name: 'container commit',
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  description: "Create a new image from a container's changes",
  args: [1, 2],
  flags: {
    author: string('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', { short: 'a' }),
    change: list('Apply Dockerfile instruction to the created image', { short: 'c' }),
    message: string('Commit message', { short: 'm' }),
    'no-pause': bool('Disable pausing container during commit'),
    pause: bool('Pause container during commit', { short: 'p', initial: true, hidden: true }),
  },
  async run({ args: [container = '', name], flags, engine, world }) {
    const reference = name === undefined ? undefined : parseReference(name);
    const query = {
      container,
      repo: reference?.familiar,
      tag: reference && (reference.tag ?? 'latest'),
      comment: flags.message,
      author: flags.author,
      changes: [...flags.change],
      pause: flags['no-pause'] || !flags.pause ? 0 : 1,
    };
    const { Id } = await engine.json<IdResponse>('POST', '/commit', { query, json: {} });
    world.stdout.write(`${Id}\n`);
  },
});
