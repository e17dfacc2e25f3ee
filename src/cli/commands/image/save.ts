// `skiff save`: images as one tar archive.

import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { string, strings } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { pump, rawTo } from '../../stream/pump.ts';
import type { World } from '../../world.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image save',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  description: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  args: [1, any],
  flags: {
    output: string('Write to a file, instead of STDOUT', { short: 'o' }),
    platform: strings('Save only the given platform variant ("os[/arch[/variant]]", e.g., "linux/amd64")'),
  },
  async run({ args, flags, engine, world }) {
    refuseTerminal('save', flags.output, world);
    const query = { names: [...args], platform: flags.platform.map(platformQuery) };
    const reply = await engine.send('GET', '/images/get', { query });
    await writeArchive(reply.body, flags.output, world);
  },
});

/** Binary data on a terminal helps nobody. */
export function refuseTerminal(verb: string, output: string, world: World): void {
  if (output === '' && world.stdout.isTTY) {
    throw new ExitError(`cowardly refusing to ${verb} to a terminal. Use the -o flag or redirect`);
  }
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
