/**
 * `runc exec --tty --detach`: the terminal is made in the container, and runc sends its master here. It is the only one
 * between program and client, so what becomes of a byte is the program's choice. In the foreground runc would lay a second
 * one over it. Detached, it leaves the process behind, which becomes our child: its exit code is ours to collect.
 */
import { join } from 'node:path';
import { type DescriptorSocket, openDescriptorSocket } from '../../kernel/passed-descriptor.ts';
import type { Children } from '../../kernel/spawn.ts';
import { inheritOrphans } from '../../kernel/subreaper.ts';
import { openTerminalMaster, type TerminalMaster } from '../../kernel/terminal.ts';
import { Session } from '../attach/session.ts';
import type { Manager } from '../manager.ts';
import type { ExecRequest } from '../task.ts';
import { ENVIRONMENT, type ExecCommand, readPid } from './command.ts';
import type { ExecRunner } from './exec.ts';

/** /dev/null thrice: what runc says stands in its log. */
const STDIO = [undefined, undefined, undefined];

export function runWithTerminal(manager: Manager, command: ExecCommand, request: ExecRequest): ExecRunner {
  const console = openDescriptorSocket(join(command.directory, command.files.console));
  const exited = run(manager.children, command, console);
  const { promise: opened, resolve: open } = Promise.withResolvers<TerminalMaster>();
  const session = sessionAt(manager, request, opened);
  // Others that still have the terminal then lose it, as with Docker, which also leaves it to them where nobody is attached.
  void Promise.all([exited, opened]).then(([, { hangUp }]) => {
    if (session) hangUp();
    void session?.finish();
  });
  let master: TerminalMaster | undefined;
  return {
    exited,
    attachment: session,
    begin: () => {
      master = receive(console, (chunk) => session?.output('stdout', chunk));
      open(master);
    },
    resize: (height, width) => master?.resize({ height, width }),
  };
}

function receive(console: DescriptorSocket, onOutput: (chunk: Uint8Array) => void): TerminalMaster {
  try {
    return openTerminalMaster(console.receive(), onOutput);
  } finally {
    console.close();
  }
}

/**
 * Resolves with the exit code of the process, or with runc's if there is none. The terminal of a process waits to be
 * received, even when that is over: on a busy machine its end may be noticed before its start.
 */
function run(
  children: Children,
  { argv, files, directory }: ExecCommand,
  console: DescriptorSocket,
): Promise<number> {
  const letOrphansGo = inheritOrphans();
  try {
    const runc = children.spawn({ path: argv[0] ?? '', argv, env: ENVIRONMENT, fds: STDIO, cwd: directory });
    return runc.exited.then((code) => {
      letOrphansGo();
      const left = readPid(files.pid);
      if (left === undefined) console.close();
      return (left && children.adopt(left)?.exited) ?? code;
    });
  } catch (error) {
    letOrphansGo();
    console.close();
    throw error;
  }
}

/** What a client types before the terminal is there waits for it. */
function sessionAt(
  { feedLimits }: Manager,
  request: ExecRequest,
  opened: Promise<TerminalMaster>,
): Session | undefined {
  const { client, stdin } = request;
  if (client === undefined) return undefined;
  const sink = { write: async (chunk: Uint8Array) => (await opened).write(chunk), end: () => {} };
  return new Session({
    request: { ...request, client },
    terminal: true,
    limits: feedLimits,
    stdin: stdin ? sink : undefined,
    endsStdin: false,
  });
}
