/** `runc exec` without a terminal: up to three pipes, and posix_spawn, which does not hold up the event loop. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { type Child, pipe } from '../../kernel/spawn.ts';
import { Session, type StdinSink } from '../attach/session.ts';
import type { Manager } from '../manager.ts';
import type { ExecRequest, OutputStream } from '../task.ts';
import { ENVIRONMENT, type ExecCommand } from './command.ts';
import type { ExecRunner } from './exec.ts';
import { HeldOutput } from './held-output.ts';

const READ_BUFFER = 64 * 1024;

export function runWithPipes(manager: Manager, { argv }: ExecCommand, request: ExecRequest): ExecRunner {
  const { client } = request;
  const nothing = { begin: () => {}, resize: () => {} };
  if (client === undefined) return { exited: spawn(manager, argv, []).exited, ...nothing };
  const ends = openPipes(request.stdin);
  const child = spawnWith(manager, argv, ends);
  const session = new Session({
    request: { ...request, client },
    terminal: false,
    limits: manager.feedLimits,
    stdin: ends.stdin && sinkOf(ends.stdin.write),
    endsStdin: true,
  });
  const output = new HeldOutput(session);
  const ended = [follow(ends.stdout.read, 'stdout', output), follow(ends.stderr.read, 'stderr', output)];
  void Promise.all([...ended, child.exited, output.released]).then(() => session.finish());
  return { ...nothing, exited: child.exited, attachment: session, begin: () => output.release() };
}

function openPipes(stdin: boolean) {
  return { stdin: stdin ? pipe() : undefined, stdout: pipe(), stderr: pipe() };
}

/** The child's ends are closed here; ours, too, if there is no child. */
function spawnWith(
  manager: Manager,
  argv: string[],
  { stdin, stdout, stderr }: ReturnType<typeof openPipes>,
): Child {
  try {
    return spawn(manager, argv, [stdin?.read, stdout.write, stderr.write]);
  } catch (error) {
    for (const fd of [stdin?.write, stdout.read, stderr.read]) if (fd !== undefined) closeSync(fd);
    throw error;
  } finally {
    for (const fd of [stdin?.read, stdout.write, stderr.write]) if (fd !== undefined) closeSync(fd);
  }
}

function spawn(manager: Manager, argv: string[], fds: (number | undefined)[]): Child {
  const [stdin, stdout, stderr] = fds;
  return manager.children.spawn({
    path: argv[0] ?? '',
    argv,
    env: ENVIRONMENT,
    fds: [stdin, stdout, stderr],
  });
}

/** Resolves at the end of the stream. */
function follow(fd: number, stream: OutputStream, output: HeldOutput): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onread = {
    buffer: Buffer.allocUnsafe(READ_BUFFER),
    callback: (length: number, buffer: Uint8Array) => {
      output.say(stream, buffer.subarray(0, length));
      return true;
    },
  };
  const socket = new Socket({ fd, readable: true, writable: false, onread });
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  socket.on('end', () => socket.destroy());
  socket.resume();
  return promise;
}

function sinkOf(fd: number): StdinSink {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => {});
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve()))),
    end: () => socket.end(),
  };
}
