/**
 * Docker's own engine, Debian's 20.10 out of the cache, to compare with: private roots and socket, and a network
 * namespace of its own, so that its bridge and its firewall rules stay off this machine's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers } from './api.ts';
import { debianDocker } from './docker-cli.ts';
import { unmountBelow } from './unmount.ts';
import { waitUntil } from './wait-until.ts';

export interface Dockerd {
  readonly socket: string;
  readonly host: string;
  readonly pid: number;
  close(): Promise<void>;
}

export interface DockerdOptions {
  /** Further flags. */
  args?: string[];
}

/** In a network of its own; a test that is killed takes it along (PR_SET_PDEATHSIG, prctl(2)). */
const ALONE = 'ip link set lo up && exec setpriv --pdeathsig TERM "$@"';

export async function startDockerd({ args = [] }: DockerdOptions = {}): Promise<Dockerd> {
  const root = mkdtempSync(join(tmpdir(), 'skiff-dockerd-'));
  const execRoot = `/run/${root.split('/').pop()}`;
  const socket = join(execRoot, 'docker.sock');
  mkdirSync(execRoot, { mode: 0o711 });
  const programs = join(await debianDocker(), 'usr');
  const child = spawn('unshare', ['--net', 'sh', '-c', ALONE, 'sh', 'dockerd', ...flags()], {
    env: { ...process.env, PATH: `${programs}/bin:${programs}/sbin:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(root, 'log'));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const daemon = {
    socket,
    host: `unix://${socket}`,
    pid: child.pid ?? 0,
    close: () => close(child, root, execRoot),
  };
  try {
    const look = () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended with ${child.exitCode}`);
      return answers(socket);
    };
    await waitUntil('dockerd answers', look, { interval: 30 });
  } catch (error) {
    const said = readFileSync(join(root, 'log'), 'utf8').slice(-2000);
    await daemon.close();
    throw new Error(`dockerd did not start:\n${said}`, { cause: error });
  }
  return daemon;

  function flags(): string[] {
    return [
      ...[
        '--host',
        `unix://${socket}`,
        '--data-root',
        join(root, 'data'),
        '--exec-root',
        join(execRoot, 'exec'),
      ],
      ...['--pidfile', join(execRoot, 'docker.pid'), '--userland-proxy=false', ...args],
    ];
  }
}

/** dockerd ends its containerd and containers on SIGTERM; what stays mounted below its roots is taken away. */
async function close(child: ChildProcess, root: string, execRoot: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  await unmountBelow(root, execRoot);
  rmSync(root, { recursive: true, force: true });
  rmSync(execRoot, { recursive: true, force: true });
}
