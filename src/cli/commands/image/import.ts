// `skiff import`: a tar archive of a file system becomes an image.

import { createReadStream } from 'node:fs';
import { list, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { openInput } from '../../input-file.ts';
import { showProgress } from '../../output/progress.ts';
import { parseReference } from '../../registry/reference.ts';

export const command = defineCommand({
  name: 'image import',
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  description: 'Import the contents from a tarball to create a filesystem image',
  args: [1, any],
  flags: {
    change: list('Apply Dockerfile instruction to the created image', { short: 'c' }),
    message: string('Set commit message for imported image', { short: 'm' }),
    platform: string('Set platform if server is multi-platform capable'),
  },
  async run({ args: [source = '', name], flags, engine, world }) {
    const remote = /^https?:\/\//.test(source);
    const body = remote
      ? undefined
      : source === '-'
        ? world.stdin
        : await openInput(source, createReadStream);
    if (name !== undefined) parseReference(name);
    const query = {
      fromSrc: remote ? source : '-',
      repo: name,
      message: flags.message,
      changes: [...flags.change],
      platform: flags.platform,
    };
    const headers = { 'Content-Type': 'application/x-tar' };
    const reply = await engine.send('POST', '/images/create', { query, headers, body });
    await showProgress(reply.body, world.stdout);
  },
});
