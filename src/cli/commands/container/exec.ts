// `skiff exec`: another process inside a running container.

import type { ExecInspectResponse } from '../../../api/exec.ts';
import { bool, list, string } from '../../args/flag.ts';
import { any, defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { environmentOf } from '../../create/files.ts';
import { ExitError } from '../../exit.ts';
import { detachKeysOf } from '../../stream/detach.ts';
import { followSize } from '../../stream/resize.ts';
import { runSession } from '../../stream/session.ts';

export const command = defineCommand({
  name: 'container exec',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  description: 'Execute a command in a running container',
  args: [2, any],
  interspersed: false,
  flags: {
    detach: bool('Detached mode: run command in the background', { short: 'd' }),
    'detach-keys': string('Override the key sequence for detaching a container'),
    env: list('Set environment variables', { short: 'e' }),
    'env-file': list('Read in a file of environment variables'),
    interactive: bool('Keep STDIN open even if not attached', { short: 'i' }),
    privileged: bool('Give extended privileges to the command'),
    tty: bool('Allocate a pseudo-TTY', { short: 't' }),
    user: string('Username or UID (format: "<name|uid>[:<group|gid>]")', { short: 'u' }),
    workdir: string('Working directory inside the container', { short: 'w' }),
  },
  async run({ args: [name = '', ...words], flags, engine, config, world }) {
    const { detach, interactive, tty } = flags;
    const attach = !detach;
    if (attach && interactive && tty && !world.stdin.isTTY)
      throw new ExitError('the input device is not a TTY');
    const detachKeys = detachKeysOf(flags['detach-keys'], config);
    const terminal = tty && attach && world.stdout.isTTY;
    const consoleSize = terminal ? { ConsoleSize: [world.stdout.rows ?? 0, world.stdout.columns ?? 0] } : {};
    const { Id } = await engine.json<{ Id: string }>('POST', `/containers/${inPath(name)}/exec`, {
      json: {
        User: flags.user,
        Privileged: flags.privileged,
        Tty: tty,
        AttachStdin: attach && interactive,
        AttachStdout: attach,
        AttachStderr: attach,
        DetachKeys: detachKeys,
        Env: environmentOf(flags['env-file'], flags.env, world.env),
        WorkingDir: flags.workdir,
        Cmd: words,
        ...consoleSize,
      },
    });
    const start = { json: { Detach: detach, Tty: tty, ...consoleSize } };
    if (detach) {
      await engine.json('POST', `/exec/${Id}/start`, start);
      return 0;
    }
    const { socket } = await engine.hijack(`/exec/${Id}/start`, start);
    const stopFollowing = terminal ? followSize(engine, `/exec/${Id}`, world) : () => {};
    const end = await runSession(
      { socket, tty, stdin: interactive, stdout: true, stderr: true, detachKeys },
      world,
    );
    stopFollowing();
    if (end === 'detached') throw new ExitError('read escape sequence');
    const { ExitCode } = await engine.json<ExecInspectResponse>('GET', `/exec/${Id}/json`);
    return ExitCode ?? 0;
  },
});
