// `skiff start`: starts containers that were created or have stopped; with -a or -i one of them in front.

import type { ContainerInspectResponse } from '../../../api/container.ts';
import { bool, string } from '../../args/flag.ts';
import { any, type Call, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError, messageOf } from '../../exit.ts';
import { detachKeysOf } from '../../stream/detach.ts';
import { runAttached } from '../../stream/foreground.ts';

const startFlags = {
  attach: bool('Attach STDOUT/STDERR and forward signals', { short: 'a' }),
  checkpoint: string('Restore from this checkpoint'),
  'checkpoint-dir': string('Use a custom checkpoint storage directory'),
  'detach-keys': string('Override the key sequence for detaching a container'),
  interactive: bool("Attach container's STDIN", { short: 'i' }),
};

export const command = defineCommand({
  name: 'container start',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Start one or more stopped containers',
  args: [1, any],
  flags: startFlags,
  async run(call) {
    const inFront = call.flags.attach || call.flags.interactive;
    if (inFront && call.args.length > 1)
      throw new ExitError('you cannot start and attach multiple containers at once');
    return inFront ? startInFront(call) : startAll(call);
  },
});

async function startAll({ args, flags, engine, world }: Call<typeof startFlags>): Promise<number> {
  const failed: string[] = [];
  const query = { checkpoint: flags.checkpoint, 'checkpoint-dir': flags['checkpoint-dir'] };
  for (const name of args) {
    try {
      await engine.json('POST', `/containers/${inPath(name)}/start`, { query });
      world.stdout.write(`${name}\n`);
    } catch (error) {
      world.stderr.write(`${messageOf(error)}\n`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new ExitError(`Error: failed to start containers: ${failed.join(', ')}`);
  return 0;
}

async function startInFront({
  args: [name = ''],
  flags,
  engine,
  config,
  world,
}: Call<typeof startFlags>): Promise<number> {
  const found = await engine.json<ContainerInspectResponse>('GET', `/containers/${inPath(name)}/json`);
  const tty = found.Config.Tty ?? false;
  const end = await runAttached(
    {
      engine,
      id: found.Id,
      tty,
      attachment: {
        stdin: flags.interactive && (found.Config.OpenStdin ?? false),
        stdout: true,
        stderr: true,
      },
      detachKeys: detachKeysOf(flags['detach-keys'], config),
      sigProxy: !tty,
      condition: found.HostConfig.AutoRemove ? 'removed' : 'next-exit',
    },
    world,
  );
  return end.kind === 'detached' ? 0 : end.code;
}
