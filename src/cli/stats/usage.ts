// From the kernel's counters to what people want to know: shares and totals.

import type { ContainerStats, CpuStats } from '../../api/stats.ts';

export interface Usage {
  /** As the container was asked for. */
  readonly container: string;
  readonly id: string;
  readonly name: string;
  /** Percent of one CPU. */
  readonly cpu: number;
  /** Bytes, without the page cache that could be dropped. */
  readonly memory: number;
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly pids: number;
  /** False until the first figures have come. */
  readonly known: boolean;
}

export function emptyUsage(container: string): Usage {
  const none = { cpu: 0, memory: 0, memoryLimit: 0, received: 0, sent: 0, read: 0, written: 0, pids: 0 };
  return { container, id: '', name: '', known: false, ...none };
}

export function usageOf(container: string, stats: ContainerStats): Usage {
  const networks = Object.values(stats.networks ?? {});
  const memory = stats.memory_stats ?? {};
  return {
    container,
    id: stats.id ?? '',
    name: (stats.name ?? '').replace(/^\//, ''),
    cpu: cpuPercent(stats.precpu_stats, stats.cpu_stats),
    memory: usedMemory(memory),
    memoryLimit: memory.limit ?? 0,
    received: sum(networks.map((network) => network.rx_bytes)),
    sent: sum(networks.map((network) => network.tx_bytes)),
    read: blockBytes(stats, 'r'),
    written: blockBytes(stats, 'w'),
    pids: stats.pids_stats?.current ?? 0,
    known: true,
  };
}

/** What the container used of what all CPUs together gave in the same time, times their number. */
export function cpuPercent(before: CpuStats | undefined, now: CpuStats | undefined): number {
  const used = (now?.cpu_usage?.total_usage ?? 0) - (before?.cpu_usage?.total_usage ?? 0);
  const given = (now?.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  const cpus = now?.online_cpus || now?.cpu_usage?.percpu_usage?.length || 0;
  return used > 0 && given > 0 ? (used / given) * cpus * 100 : 0;
}

/** cgroup v1 counts the cache of the whole tree as `total_inactive_file`, v2 as `inactive_file`. */
function usedMemory(memory: ContainerStats['memory_stats']): number {
  const usage = memory.usage ?? 0;
  const idle = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return idle < usage ? usage - idle : usage;
}

function blockBytes(stats: ContainerStats, letter: string): number {
  const entries = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  return sum(entries.filter((entry) => entry.op[0]?.toLowerCase() === letter).map((entry) => entry.value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
