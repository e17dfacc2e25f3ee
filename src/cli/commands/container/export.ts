// `skiff export`: the file system of a container as a tar archive.

import { string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { checkOutput, refuseTerminal, writeArchive } from '../../output/archive.ts';

export const command = defineCommand({
  name: 'container export',
  usage: '[OPTIONS] CONTAINER',
  description: "Export a container's filesystem as a tar archive",
  args: [1, 1],
  flags: { output: string('Write to a file, instead of STDOUT', { short: 'o' }) },
  async run({ args: [name = ''], flags, engine, world }) {
    refuseTerminal('save', flags.output, world);
    await checkOutput('export container', flags.output);
    const reply = await engine.send('GET', `/containers/${inPath(name)}/export`);
    await writeArchive(reply.body, flags.output, world);
  },
});
