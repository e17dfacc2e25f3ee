// What stop and restart share: a polite signal, patience, then SIGKILL.

import { int, string } from '../../args/flag.ts';
import type { Call } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { forEachName } from '../each.ts';

export const endingFlags = {
  signal: string('Signal to send to the container', { short: 's' }),
  time: int('Seconds to wait before killing the container', { hidden: true }),
  timeout: int('Seconds to wait before killing the container', { short: 't' }),
};

export async function endEach(
  { args, flags, changed, engine, world }: Call<typeof endingFlags>,
  verb: 'stop' | 'restart',
): Promise<undefined> {
  const wait = changed.has('timeout') ? flags.timeout : changed.has('time') ? flags.time : undefined;
  const query = { signal: flags.signal, t: wait };
  await forEachName(args, world, (name) =>
    engine.json('POST', `/containers/${inPath(name)}/${verb}`, { query }),
  );
  return undefined;
}
