/**
 * Starts conmon, the shim: one small process per container that holds its stdio, writes its log, reaps its exit code,
 * and goes on when the daemon dies. Facts of conmon 2.1.6 that hold here:
 * - with `--sync` it does not fork away: its pid is the child's, and its exit code the container's;
 * - it tells `{"data": pid}` on the sync pipe once the container runs, `{"data": -1, "message": …}` if it never did;
 * - it writes the exit code as a plain decimal to EXIT_DIR/ID, after the last line of the log.
 */
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { annotate } from '../../core/step.ts';
import type { Child, Children } from '../../kernel/spawn.ts';
import { pipe } from '../../kernel/spawn.ts';
import { type RuncAt, shimRunArgv } from '../runc/argv.ts';
import { FD, GATE_VARIABLE, wrappedArgv } from './wrapper.ts';

export interface ShimRequest {
  id: string;
  /** The bundle directory: config.json is there, and sockets, FIFOs and pid files will be. */
  bundle: string;
  conmon: string;
  /** Runs the runtime; needed for `beforeRun`. Absent: conmon runs it, which must be runc itself. */
  wrapper: string | undefined;
  exitDir: string;
  runtime: RuncAt;
  terminal: boolean;
  stdin: boolean;
  /** Keep the container's stdin open when a client that wrote to it is gone. */
  leaveStdinOpen: boolean;
  logPath: string | undefined;
  environment: Record<string, string>;
  /** Called when the attach socket listens; the process runs after it has returned. Absent: runs at once. */
  beforeRun?: () => void | Promise<void>;
}

/** What conmon says on its sync pipe. */
export type ShimReport = { pid: number } | { failure: string };

export interface StartedShim {
  readonly child: Child;
  readonly report: Promise<ShimReport>;
}

/** The command line, as a person would type it. */
export function conmonArgv(request: ShimRequest): string[] {
  const { id, bundle, runtime, logPath, wrapper } = request;
  const [program = '', ...args] = wrapper ? wrappedArgv(wrapper, runtime) : shimRunArgv(runtime);
  return [
    ...['conmon', '--api-version', '1', '--cid', id, '--cuuid', id, '--name', id],
    ...['--runtime', program],
    ...['--bundle', bundle, '--container-pidfile', join(bundle, 'pid')],
    ...['--exit-dir', request.exitDir, '--full-attach', '--sync', '--no-sync-log', '--log-level', 'error'],
    ...['--log-path', logPath === undefined ? 'none' : `k8s-file:${logPath}`],
    ...args.flatMap((value) => ['--runtime-arg', value]),
    ...(request.terminal ? ['--terminal'] : []),
    ...(request.stdin ? ['--stdin'] : []),
    ...(request.stdin && request.leaveStdinOpen ? ['--leave-stdin-open'] : []),
  ];
}

export function startConmon(children: Children, request: ShimRequest): StartedShim {
  const ours: number[] = [];
  const theirs: number[] = [];
  const open = () => {
    const ends = pipe();
    ours.push(ends.read);
    theirs.push(ends.write);
    return ends;
  };
  try {
    const sync = open();
    const gate = request.beforeRun && { ready: open(), go: pipe() };
    if (gate) {
      ours.push(gate.go.write);
      theirs.push(gate.go.read);
    }
    const gateFds = gate ? [gate.ready.write, gate.go.read] : [];
    const stderr = openSync(join(request.bundle, 'shim.log'), 'a', 0o600);
    theirs.push(stderr);
    const argv = conmonArgv(request);
    annotate({ argv: argv.join(' ') });
    const child = children.spawn({
      path: request.conmon,
      argv,
      // UTC makes every time stamp of the log equally long.
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        TZ: 'UTC',
        _OCI_SYNCPIPE: String(FD.syncWrite),
        ...(gate && { [GATE_VARIABLE]: '1' }),
        ...request.environment,
      },
      // The shim holds the reading end, too: it ends itself when nobody can read its report, be it that the
      // daemon has just died, and would leave the container without one.
      fds: [undefined, undefined, stderr, sync.write, sync.read, ...gateFds],
      cwd: request.bundle,
    });
    if (gate && request.beforeRun) passGate(gate.ready.read, gate.go.write, request.beforeRun);
    return { child, report: readReport(sync.read) };
  } catch (error) {
    ours.forEach(closeSync);
    throw error;
  } finally {
    theirs.forEach(closeSync);
  }
}

/** If `beforeRun` fails the gate closes unopened, and the wrapper gives up. */
function passGate(readyFd: number, goFd: number, beforeRun: () => void | Promise<void>): void {
  const ready = new Socket({ fd: readyFd, readable: true, writable: false });
  const go = new Socket({ fd: goFd, readable: false, writable: true });
  go.on('error', () => {});
  ready.on('error', () => {});
  ready.on('close', () => go.destroy());
  ready.once('data', async () => {
    try {
      await beforeRun();
      go.end('go\n');
    } catch {
      go.destroy();
    }
    ready.destroy();
  });
}

async function readReport(fd: number): Promise<ShimReport> {
  const socket = new Socket({ fd, readable: true, writable: false });
  let text = '';
  try {
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes('\n')) return parseReport(text);
    }
  } finally {
    socket.destroy();
  }
  return { failure: 'the shim ended without a word' };
}

function parseReport(text: string): ShimReport {
  try {
    const { data, message } = JSON.parse(text) as { data?: unknown; message?: unknown };
    if (typeof data === 'number' && data > 0) return { pid: data };
    return { failure: typeof message === 'string' ? message.trim() : text.trim() };
  } catch {
    return { failure: text.trim() };
  }
}
