// `skiff container exec-kill`: a signal to what `exec` has started. An extension: Docker cannot.

import { bool, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { ExitError } from '../../exit.ts';
import { forEachName } from '../each.ts';
import { execNamed, execsOf } from './exec-list.ts';

export const command = defineCommand({
  name: 'container exec-kill',
  usage: '[OPTIONS] CONTAINER [EXEC...]',
  description: "Kill commands that 'exec' started in a container, without stopping the container",
  args: [1, any],
  flags: {
    all: bool('Kill all execs that are running', { short: 'a' }),
    signal: string('Signal to send to the process', { short: 's', initial: 'KILL' }),
  },
  async run({ args: [container = '', ...wanted], flags, engine, world }) {
    if (flags.all === wanted.length > 0)
      throw new ExitError("name execs ('skiff container execs' lists them), or say --all");
    const execs = await execsOf(engine, container);
    const names = flags.all ? execs.filter((exec) => exec.Running).map((exec) => exec.ID) : wanted;
    const query = { signal: flags.signal };
    await forEachName(names, world, async (name) =>
      engine.json('POST', `/exec/${execNamed(execs, name).ID}/kill`, { query }),
    );
  },
});
