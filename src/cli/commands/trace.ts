// `skiff trace`: the steps that a container took through the layers of the engine, and how long each was.

import { Readable } from 'node:stream';
import { string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { inPath } from '../connection/path.ts';
import { ExitError } from '../exit.ts';
import { pump, rawTo } from '../stream/pump.ts';

const types: Readonly<Record<string, string>> = { text: 'text/plain', json: 'application/json' };

export const command = defineCommand({
  name: 'trace',
  usage: '[OPTIONS] CONTAINER',
  description: 'Show the steps that a container took through the engine',
  args: [1, 1],
  flags: { format: string('Format output ("text", "json")', { initial: 'text' }) },
  async run({ args: [name = ''], flags, engine, world }) {
    const accepted = Object.hasOwn(types, flags.format) ? types[flags.format] : undefined;
    if (!accepted) throw new ExitError(`unknown format "${flags.format}": there are text and json`);
    const headers = { Accept: accepted };
    const reply = await engine.send('GET', `/skiff/containers/${inPath(name)}/trace`, { headers });
    await pump(Readable.from(reply.body), rawTo(world.stdout));
    if (flags.format === 'json') world.stdout.write('\n');
  },
});
