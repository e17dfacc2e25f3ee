// `skiff attach`: our terminal becomes that of a running container.

import type { ContainerInspectResponse } from '../../../api/container.ts';
import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError } from '../../exit.ts';
import { detachKeysOf } from '../../stream/detach.ts';
import { awaitExit } from '../../stream/exit-code.ts';
import { followSizeAnew } from '../../stream/resize.ts';
import { runSession } from '../../stream/session.ts';
import { forwardSignals } from '../../stream/signals.ts';

export const command = defineCommand({
  name: 'container attach',
  usage: '[OPTIONS] CONTAINER',
  description: 'Attach local standard input, output, and error streams to a running container',
  args: [1, 1],
  flags: {
    'detach-keys': string('Override the key sequence for detaching a container'),
    'no-stdin': bool('Do not attach STDIN'),
    'sig-proxy': bool('Proxy all received signals to the process', { initial: true }),
  },
  async run({ args: [name = ''], flags, engine, config, world }) {
    const path = `/containers/${inPath(name)}`;
    const found = await engine.json<ContainerInspectResponse>('GET', `${path}/json`);
    const tty = found.Config.Tty ?? false;
    const stdin = !flags['no-stdin'] && (found.Config.OpenStdin ?? false);
    refuseUnlessRunning(found.State);
    if (stdin && tty && !world.stdin.isTTY) throw new ExitError('the input device is not a TTY');
    const detachKeys = detachKeysOf(flags['detach-keys'], config);
    const exit = await awaitExit(engine, inPath(name), '');
    const query = { stream: true, stdin, stdout: true, stderr: true, detachKeys };
    const { socket } = await engine.hijack(`${path}/attach`, { query });
    const stops = [
      flags['sig-proxy'] && !tty ? forwardSignals(engine, inPath(name), world) : () => {},
      tty && world.stdout.isTTY ? await followSizeAnew(engine, path, world) : () => {},
    ];
    const end = await runSession({ socket, tty, stdin, stdout: true, stderr: true, detachKeys }, world);
    for (const stop of stops) stop();
    if (end === 'detached') throw new ExitError('read escape sequence');
    return exit.code;
  },
});

function refuseUnlessRunning(state: ContainerInspectResponse['State']): void {
  if (!state.Running) throw new ExitError('You cannot attach to a stopped container, start it first');
  if (state.Paused) throw new ExitError('You cannot attach to a paused container, unpause it first');
  if (state.Restarting)
    throw new ExitError('You cannot attach to a restarting container, wait until it is running');
}
