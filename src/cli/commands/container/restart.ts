// `skiff restart`: a polite signal, patience, then SIGKILL, and a fresh start.

import { int, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const command = defineCommand({
  name: 'container restart',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Restart one or more containers',
  args: [1, any],
  flags: {
    signal: string('Signal to send to the container', { short: 's' }),
    time: int('Seconds to wait before killing the container', { hidden: true }),
    timeout: int('Seconds to wait before killing the container', { short: 't' }),
  },
  async run({ args, flags, changed, engine, world }) {
    const wait = changed.has('timeout') ? flags.timeout : changed.has('time') ? flags.time : undefined;
    const query = { signal: flags.signal, t: wait };
    await forEachName(args, world, (name) =>
      engine.json('POST', `/containers/${inPath(name)}/restart`, { query }),
    );
  },
});
