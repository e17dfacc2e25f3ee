// An archive that the engine sends: to stdout, or into a file.

import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExitError } from '../exit.ts';
import { systemReason } from '../input-file.ts';
import { pump, rawTo } from '../stream/pump.ts';
import type { World } from '../world.ts';

/** Binary data on a terminal helps nobody. */
export function refuseTerminal(verb: string, output: string, world: World): void {
  if (output === '' && world.stdout.isTTY) {
    throw new ExitError(`cowardly refusing to ${verb} to a terminal. Use the -o flag or redirect`);
  }
}

/** Before anything is asked of the engine: `what` failed for want of a place to put it. */
export async function checkOutput(what: string, output: string): Promise<void> {
  if (output === '') return;
  const refuse = (reason: string) => {
    throw new ExitError(`failed to ${what}: ${reason}`);
  };
  const folder = dirname(output);
  await stat(folder).catch((error) => refuse(`invalid output path: stat ${folder}: ${systemReason(error)}`));
  const present = await stat(output).catch(() => undefined);
  if (present?.isDirectory()) refuse('cannot write to a directory');
  if (present && !present.isFile()) refuse('cannot write to a device');
}

/** To stdout, or to a file that appears under its name when it is complete. */
export async function writeArchive(body: AsyncIterable<Buffer>, output: string, world: World): Promise<void> {
  if (output === '') return pump(Readable.from(body), rawTo(world.stdout));
  const partial = `${output}.partial-${process.pid}`;
  try {
    await pipeline(body, createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
