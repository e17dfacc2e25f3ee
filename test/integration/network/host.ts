/**
 * Hosts for the tests of the network layer. Each test file runs again inside a network and mount namespace of its own,
 * which is the host then: nothing of this machine is touched, and nothing can stay behind. Other machines are further
 * namespaces, joined to it by a wire.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import type { Test } from 'tap';
import { newId } from '../../../src/core/ids.ts';
import type { Networks, PortRequest, Sandbox, SandboxRequest } from '../../../src/network/network.ts';
import type { NetworkOptions } from '../../../src/network/open-context.ts';
import { openNetworks } from '../../../src/network/open-networks.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const PROGRAMS = ['/usr/bin/unshare', '/usr/bin/nsenter', '/usr/sbin/nft', '/usr/sbin/ip', '/bin/busybox'];
export const INSTANCE = 'nettest';

/** Does not return in the first process; skips the file when something is missing. */
export function inOwnHost(importMetaUrl: string): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = PROGRAMS.find((path) => !existsSync(path));
  if (missing) return `needs ${missing}`;
  if (process.env.SKIFF_TEST_HOST) return false;
  const args = ['--net', '--mount', '--propagation', 'private', process.execPath, ...process.execArgv];
  const { status } = spawnSync('/usr/bin/unshare', [...args, fileURLToPath(importMetaUrl)], {
    stdio: 'inherit',
    env: { ...process.env, SKIFF_TEST_HOST: '1' },
  });
  process.exit(status ?? 1);
}

export interface Outcome {
  code: number;
  output: string;
}

/** Runs to its end; output and errors together. */
export async function run(command: string, args: string[], input = ''): Promise<Outcome> {
  const child = spawn(command, args, { timeout: 20_000, killSignal: 'SIGKILL' });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code: code ?? -1, output: output.trim() };
}

export async function must(command: string, ...args: string[]): Promise<string> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${output}`);
  return output;
}

export const ip = (...args: string[]) => must('/usr/sbin/ip', ...args);
export const nft = (rules: string) => must('/usr/sbin/nft', rules);

/** Many changes, one process; `entry` leads to where they are to be made. */
async function ipBatch(lines: string[], entry: string[] = []): Promise<void> {
  const [program = '', ...args] = [...entry, '/usr/sbin/ip', '-batch', '-'];
  const { code, output } = await run(program, args, `${lines.join('\n')}\n`);
  if (code !== 0) throw new Error(`ip: ${output}`);
}

/** Something that has a network namespace: a container's sandbox, another machine, this host. */
export interface Place {
  run(...command: string[]): Promise<Outcome>;
  /** Goes on until the test ends; resolves when it is ready. */
  start(t: Test, ...command: string[]): Promise<ChildProcess>;
}

function place(prefix: string[]): Place {
  const split = (command: string[]) => {
    const [program = '', ...args] = [...prefix, ...command];
    return { program, args };
  };
  const runHere = (...command: string[]) => {
    const { program, args } = split(command);
    return run(program, args);
  };
  return {
    run: runHere,
    start: async (t, ...command) => {
      const { program, args } = split(command);
      const child = spawn(program, args, { stdio: 'ignore' });
      t.teardown(() => child.kill('SIGKILL'));
      const isReady = () => child.exitCode !== null || isListening(child.pid, command);
      await waitUntil(`${command.join(' ')} listens`, isReady, SOON);
      return child;
    },
  };
}

const SOON = { interval: 2 };
const SOCKETS = ['tcp', 'tcp6', 'udp', 'udp6'];

/**
 * Whether the port that the command line names is bound in the network of the process: proc(5), `/proc/pid/net`. That is
 * where it is to be once the process has become the program, and not before.
 */
function isListening(pid: number | undefined, command: string[]): boolean {
  const port = / serve \w+ \S+ (\d+)/.exec(command.join(' '))?.[1];
  const local = `:${Number(port).toString(16).toUpperCase().padStart(4, '0')} 0000`;
  try {
    if (readlinkSync(`/proc/${pid}/exe`) !== realpathSync(command[0] ?? '')) return false;
    return SOCKETS.some((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8').includes(local));
  } catch {
    return false;
  }
}

export const host: Place = place(['/usr/bin/env']);
export const inside = ({ path }: Pick<Sandbox, 'path'>): Place =>
  place(['/usr/bin/nsenter', `--net=${path}`]);

export interface Machine extends Place {
  address: string;
  address6: string;
}

/** Another machine on a wire to this host: 192.0.2.0/24, this host is .1 and the machine .2. */
export async function machine(t: Test): Promise<Machine> {
  const child = spawn('/usr/bin/unshare', ['--net', '/bin/sleep', '600'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const pid = String(child.pid);
  const own = readlinkSync('/proc/self/ns/net');
  await waitUntil('a network of its own', () => readlinkSync(`/proc/${pid}/ns/net`) !== own, SOON);
  const entry = ['/usr/bin/nsenter', '-t', pid, '-n'];
  const there = place(entry);
  await ipBatch([
    `link add wire0 type veth peer name wire1 netns ${pid}`,
    `address add ${HOST}/24 dev wire0`,
    `address add ${HOST6}/64 dev wire0 nodad`,
    'link set wire0 up',
  ]);
  await ipBatch(
    [
      'link set lo up',
      'link set wire1 up',
      `address add ${MACHINE}/24 dev wire1`,
      `address add ${MACHINE6}/64 dev wire1 nodad`,
    ],
    entry,
  );
  t.teardown(() => ip('link', 'delete', 'wire0').catch(() => {}));
  return { ...there, address: MACHINE, address6: MACHINE6 };
}

export const HOST = '192.0.2.1';
export const MACHINE = '192.0.2.2';
export const HOST6 = '2001:db8::1';
export const MACHINE6 = '2001:db8::2';

export interface Engine {
  networks: Networks;
  dataRoot: string;
  execRoot: string;
  /** The lines that were logged, as objects. */
  log: Record<string, unknown>[];
  join(request?: Partial<SandboxRequest> & { networks?: string[] }): Promise<Sandbox & Place>;
}

/** As the daemon does once it is up. */
function attended(networks: Networks): Networks {
  const restore = async (alive: string[]) => {
    await networks.restore(alive);
    networks.attend();
  };
  return { ...networks, restore };
}

/** The network layer over directories of its own; everything is gone, and that is checked, when the test ends. */
export async function openEngine(t: Test, options: Partial<NetworkOptions> = {}): Promise<Engine> {
  await ip('link', 'set', 'lo', 'up');
  const root = mkdtempSync('/run/skifft-net-');
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) });
  const dataRoot = options.dataRoot ?? join(root, 'data');
  const execRoot = options.execRoot ?? join(root, 'exec');
  const networks = attended(
    await openNetworks({ instance: INSTANCE, logger, ...options, dataRoot, execRoot }),
  );
  t.teardown(async () => {
    await networks.close({ keep: false });
    await checkLeftovers(execRoot);
  });
  return {
    networks,
    dataRoot,
    execRoot,
    log,
    join: async ({ networks: names = ['bridge'], ...request } = {}) => {
      const sandbox = await networks.join({
        containerId: newId(),
        name: `c${randomBytes(3).toString('hex')}`,
        hostname: 'box',
        endpoints: names.map((network) => ({ network, aliases: [] })),
        ports: [],
        ...request,
      });
      return { ...sandbox, ...inside(sandbox) };
    },
  };
}

/** Links, tables, mounts and files of the instance: throws if one is there. */
async function checkLeftovers(execRoot: string): Promise<void> {
  const links = (await ip('-o', 'link')).split('\n').filter((line) => line.includes(INSTANCE));
  const tables = (await must('/usr/sbin/nft', 'list', 'tables')).split('\n');
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const directories = ['netns', 'network'].map((name) => join(execRoot, name)).filter(existsSync);
  const files = directories.flatMap((directory) => readdirSync(directory));
  assert.deepEqual(
    {
      links,
      tables: tables.filter((line) => line.includes(INSTANCE)),
      mounts: mounts.filter((line) => line.includes(execRoot)),
      files,
    },
    { links: [], tables: [], mounts: [], files: [] },
    'something stays behind',
  );
}

export const tcp = (
  containerPort: number,
  hostPort: number,
  more: Partial<PortRequest> = {},
): PortRequest => ({
  containerPort,
  protocol: 'tcp',
  hostIp: '',
  hostPort,
  ...more,
});

const TALK = [process.execPath, join(import.meta.dirname, 'talk.ts')];
const talk = (...args: string[]): string[] => [...TALK, ...args];

/** Answers every TCP connection on `port` with the caller's address as it sees it. */
export const whoami = (port: number, family: 4 | 6 = 4): string[] =>
  talk('serve', 'tcp', family === 4 ? '0.0.0.0' : '::', String(port));

/** Answers every datagram with `text`; with itself if that is ''. */
export const udpEcho = (port: number, text = ''): string[] =>
  talk('serve', 'udp', '0.0.0.0', String(port), text);

/** Connects and returns what comes; '' if nothing does. */
export const call = async (from: Place, address: string, port: number): Promise<string> => {
  const { code, output } = await from.run(...talk('call', 'tcp', address, String(port)));
  return code === 0 ? output : '';
};

/** Sends a datagram to an echo and returns the answer; '' if nothing comes. */
export const callUdp = async (from: Place, address: string, port: number, fromPort = 0): Promise<string> =>
  (await from.run(...talk('call', 'udp', address, String(port), String(fromPort)))).output;
