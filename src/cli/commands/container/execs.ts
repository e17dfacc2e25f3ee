// `skiff container execs`: what `exec` has started in a container. An extension: Docker lists only ids, in `inspect`.

import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { printView } from '../../output/view.ts';
import { execView } from '../../views/exec.ts';
import { listFormatHelp } from '../format-help.ts';
import { execsOf } from './exec-list.ts';

export const command = defineCommand({
  name: 'container execs',
  usage: '[OPTIONS] CONTAINER',
  description: "List the commands that 'exec' started in a container",
  args: [1, 1],
  flags: {
    all: bool('Show all execs (default shows just running)', { short: 'a' }),
    format: string(listFormatHelp),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only display exec IDs', { short: 'q' }),
  },
  async run({ args: [name = ''], flags, engine, world }) {
    const execs = await execsOf(engine, name);
    const shown = flags.all ? execs : execs.filter((exec) => exec.Running);
    const { format, quiet } = flags;
    await printView(world.stdout, execView(flags['no-trunc']), shown, { format, quiet });
  },
});
