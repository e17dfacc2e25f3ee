/** `runc exec` without a terminal: up to three pipes, and posix_spawn, which does not hold up the event loop. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from '../../kernel/spawn.ts';
import { Session, type StdinSink } from '../attach/session.ts';
import type { Manager } from '../manager.ts';
import type { ExecRequest, OutputStream } from '../task.ts';
import type { ExecRunner } from './exec.ts';

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
const READ_BUFFER = 64 * 1024;

export function runWithPipes(manager: Manager, argv: string[], request: ExecRequest): ExecRunner {
  const { client } = request;
  if (client === undefined) return { exited: spawn(manager, argv, []).exited, resize: () => {} };
  const stdin = request.stdin ? pipe() : undefined;
  const stdout = pipe();
  const stderr = pipe();
  const child = spawnAndClose(manager, argv, [stdin?.read, stdout.write, stderr.write]);
  const session = new Session({
    request: { ...request, client },
    terminal: false,
    limits: manager.feedLimits,
    stdin: stdin && sinkOf(stdin.write),
    endsStdin: true,
  });
  const outputs = [
    follow(stdout.read, 'stdout', session, request.stdout),
    follow(stderr.read, 'stderr', session, request.stderr),
  ];
  Promise.all([...outputs, child.exited]).then(() => session.finish());
  return { exited: child.exited, attachment: session, resize: () => {} };
}

function spawnAndClose(manager: Manager, argv: string[], fds: (number | undefined)[]) {
  try {
    return spawn(manager, argv, fds);
  } finally {
    for (const fd of fds) if (fd !== undefined) closeSync(fd);
  }
}

function spawn(manager: Manager, argv: string[], fds: (number | undefined)[]) {
  const [first, second, third] = fds;
  return manager.children.spawn({ path: argv[0] ?? '', argv, env: ENVIRONMENT, fds: [first, second, third] });
}

/** Resolves at the end of the stream. */
function follow(fd: number, stream: OutputStream, session: Session, _wanted: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onread = {
    buffer: Buffer.allocUnsafe(READ_BUFFER),
    callback: (length: number, buffer: Uint8Array) => {
      session.output(stream, buffer.subarray(0, length));
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
