// `skiff load`: images out of a tar archive.

import { createReadStream } from 'node:fs';
import { bool, string, strings } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { openInput } from '../../input-file.ts';
import { showProgress } from '../../output/progress.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image load',
  usage: '[OPTIONS]',
  description: 'Load an image from a tar archive or STDIN',
  args: [0, 0],
  flags: {
    input: string('Read from tar archive file, instead of STDIN', { short: 'i' }),
    platform: strings(
      'Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    ),
    quiet: bool('Suppress the load output', { short: 'q' }),
  },
  async run({ flags, engine, world }) {
    if (flags.input === '' && world.stdin.isTTY)
      throw new ExitError('requested load from stdin, but stdin is empty');
    const body = flags.input === '' ? world.stdin : await openInput(flags.input, createReadStream);
    const query = { quiet: flags.quiet || !world.stdout.isTTY, platform: flags.platform.map(platformQuery) };
    const headers = { 'Content-Type': 'application/x-tar' };
    const reply = await engine.send('POST', '/images/load', { query, headers, body });
    await showProgress(reply.body, world.stdout);
  },
});
