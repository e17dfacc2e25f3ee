// `skiff logs`: what a container has said, and with -f what it says next.

import { Readable } from 'node:stream';
import type { ContainerInspectResponse } from '../../../api/container.ts';
import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { framesTo, pump, rawTo } from '../../stream/pump.ts';
import { toUnixTime } from '../../time.ts';

export const command = defineCommand({
  name: 'container logs',
  usage: '[OPTIONS] CONTAINER',
  description: 'Fetch the logs of a container',
  args: [1, 1],
  flags: {
    details: bool('Show extra details provided to logs'),
    follow: bool('Follow log output', { short: 'f' }),
    since: string(
      'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    ),
    tail: string('Number of lines to show from the end of the logs', { short: 'n', initial: 'all' }),
    timestamps: bool('Show timestamps', { short: 't' }),
    until: string(
      'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    ),
  },
  async run({ args: [name = ''], flags, engine, world }) {
    const { Config } = await engine.json<ContainerInspectResponse>('GET', `/containers/${inPath(name)}/json`);
    const { details, follow, tail, timestamps } = flags;
    const query = {
      stdout: true,
      stderr: true,
      details,
      follow,
      tail,
      timestamps,
      since: toUnixTime(flags.since, world.now(), 'since'),
      until: toUnixTime(flags.until, world.now(), 'until'),
    };
    const reply = await engine.send('GET', `/containers/${inPath(name)}/logs`, { query });
    await pump(Readable.from(reply.body), Config?.Tty ? rawTo(world.stdout) : framesTo(world));
  },
});
