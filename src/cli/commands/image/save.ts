// `skiff save`: images as one tar archive.

import { string, strings } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { checkOutput, refuseTerminal, writeArchive } from '../../output/archive.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image save',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  description: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  args: [1, any],
  flags: {
    output: string('Write to a file, instead of STDOUT', { short: 'o' }),
    platform: strings(
      'Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    ),
  },
  async run({ args, flags, engine, world }) {
    refuseTerminal('save', flags.output, world);
    await checkOutput('save image', flags.output);
    const query = { names: [...args], platform: flags.platform.map(platformQuery) };
    const reply = await engine.send('GET', '/images/get', { query });
    await writeArchive(reply.body, flags.output, world);
  },
});
