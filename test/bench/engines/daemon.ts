/** What the three engines share: a daemon process in a private network, a socket, a log. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answers, removeAll } from '../../harness/api.ts';
import { processes as processesOf } from '../../harness/processes.ts';
import { unmountBelow } from '../../harness/unmount.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { openApi } from '../api-client.ts';
import type { Engine, EngineName, EngineOptions } from '../engine.ts';
import { openNetwork } from '../network.ts';
import { patiently } from '../patience.ts';
import type { Command, Processes } from '../process.ts';

export interface DaemonPlan {
  name: EngineName;
  version: string;
  daemon: Command;
  /** A program that must run beside the daemon and outlives its crash. */
  beside?: Command;
  cli: Command;
  /** Tells a shim of this engine's by its command line. */
  isShim(commandLine: string[]): boolean;
  /** Further processes of the engine: containerd. */
  isPart?(commandLine: string[]): boolean;
  ociConfig?(id: string): string;
}

export async function openDaemon(
  processes: Processes,
  { root, run, image }: EngineOptions,
  plan: (socket: string) => DaemonPlan,
): Promise<Engine> {
  mkdirSync(root, { recursive: true });
  mkdirSync(run, { recursive: true });
  const socket = join(run, 'engine.sock');
  const { name, version, daemon, beside, cli, isShim, isPart = () => false, ociConfig } = plan(socket);
  const log = join(root, 'log');
  const network = await openNetwork(processes, log);
  const api = openApi(socket);
  if (beside) processes.background({ ...beside, command: network.enter(beside.command) }, log);
  let child = start();

  function start() {
    rmSync(socket, { force: true });
    return processes.background({ ...daemon, command: network.enter(daemon.command) }, log);
  }

  const engine: Engine = {
    name,
    version,
    socket,
    api,
    ociConfig,
    cli: (...args) => ({ command: [...cli.command, ...args], env: cli.env }),
    processes: () => [child.pid, ...pidsOf(isPart)],
    shims: () => pidsOf(isShim),
    inNetwork: network.enter,
    async crash() {
      child.kill();
      await child.exited;
    },
    start() {
      child = start();
    },
    async ready() {
      await waitUntil(`${name} answers`, () => answers(socket), { timeout: 20_000, interval: 2 });
    },
    async close() {
      await patiently(removeAll(socket), 60).catch(() => {});
      api.close();
      signal('SIGTERM', child.pid);
      await patiently(child.exited, 30).catch(() => child.kill());
      signal('SIGKILL', ...pidsOf(isPart), ...pidsOf(isShim));
      network.close();
      await unmountBelow(root, run);
      rmSync(root, { recursive: true, force: true });
      rmSync(run, { recursive: true, force: true });
    },
  };
  try {
    await engine.ready();
    await processes.time(engine.cli('load', '-i', image));
  } catch (error) {
    const said = readFileSync(log, 'utf8').slice(-2000);
    await engine.close();
    throw new Error(`${name} did not start:\n${said}`, { cause: error });
  }
  return engine;
}

/** One that has ended by itself is none the worse. */
function signal(name: NodeJS.Signals, ...pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function pidsOf(matches: (commandLine: string[]) => boolean): number[] {
  return processesOf()
    .filter(({ command }) => matches(command))
    .map(({ pid }) => pid);
}
