/**
 * A network namespace of an engine's own, held by a sleeping process: bridges, addresses and firewall rules of the
 * engines meet neither each other nor this machine's, and outlive the crash of their engine.
 */

import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Processes } from './process.ts';

export interface PrivateNetwork {
  /** The command as it runs in there. nsenter execs: the pid stays. */
  enter(command: string[]): string[];
  close(): void;
}

export async function openNetwork(processes: Processes, log: string): Promise<PrivateNetwork> {
  const script = 'ip link set lo up && exec sleep infinity';
  const holder = processes.background({ command: ['unshare', '--net', 'sh', '-c', script] }, log);
  await moved(holder.pid);
  return {
    enter: (command) => ['nsenter', `--net=/proc/${holder.pid}/ns/net`, ...command],
    close: () => holder.kill(),
  };
}

async function moved(pid: number): Promise<void> {
  const ours = readlinkSync('/proc/self/ns/net');
  while (readlinkSync(`/proc/${pid}/ns/net`) === ours) await sleep(2);
  await sleep(50);
}
