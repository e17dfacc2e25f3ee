// `skiff stats`: what containers use, as a table that renews itself.

import { bool, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { printView } from '../../output/view.ts';
import { followStats, sampleOnce } from '../../stats/collect.ts';
import { statsView } from '../../views/stats.ts';
import { listFormatHelp } from '../format-help.ts';

export const command = defineCommand({
  name: 'container stats',
  usage: '[OPTIONS] [CONTAINER...]',
  description: 'Display a live stream of container(s) resource usage statistics',
  args: [0, any],
  flags: {
    all: bool('Show all containers (default shows just running)', { short: 'a' }),
    format: string(listFormatHelp),
    'no-stream': bool('Disable streaming stats and only pull the first result'),
    'no-trunc': bool('Do not truncate output'),
  },
  async run({ args, flags, engine, config, world }) {
    const view = statsView(flags['no-trunc']);
    const format = flags.format || (config.file.statsFormat ?? '');
    const choice = { names: args, all: flags.all };
    if (flags['no-stream']) {
      await printView(world.stdout, view, await sampleOnce(engine, choice), { format });
      return;
    }
    for await (const rows of followStats(engine, choice)) {
      // Home, then write over what was there and clear what is left: no flicker.
      world.stdout.write('\x1b[H');
      await printView(clearingLines(world.stdout), view, rows, { format });
      world.stdout.write('\x1b[J');
    }
  },
});

function clearingLines<T extends { write(text: string): boolean }>(out: T): T {
  return { write: (text: string) => out.write(text.replaceAll('\n', '\x1b[K\n')) } as unknown as T;
}
