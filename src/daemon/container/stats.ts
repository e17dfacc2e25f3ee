/** `docker stats`: the counters of cgroups and links in the shape from which clients reckon percentages. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { ContainerStats, NetworkStats } from '../../api/stats.ts';
import { ignoring } from '../../core/errors.ts';
import { nowNano } from '../../core/events.ts';
import { NEVER, timestamp } from '../../core/time.ts';
import type { Task, TaskStats } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

/** proc_stat(5) counts in hundredths of a second on every architecture we run on. */
const NANOSECONDS_PER_TICK = 10_000_000;

/** One sample; `before` becomes its `precpu`. A container that does not run has a sample of zeros. */
export function sampleStats(engine: Engine, container: Container, before?: ContainerStats): ContainerStats {
  const task = engine.tasks.get(container.id);
  const names = { id: container.id, name: `/${container.name}` };
  const precpu = { preread: before?.read ?? NEVER, precpu_stats: before?.cpu_stats ?? NO_CPU };
  if (!task) return { ...names, ...STOPPED, ...precpu };
  const stats = task.stats();
  return {
    ...names,
    os_type: 'linux',
    read: timestamp(nowNano()),
    ...precpu,
    pids_stats: { current: stats.pids.current, ...(stats.pids.limit ? { limit: stats.pids.limit } : {}) },
    blkio_stats: blkio(stats),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpu(stats),
    memory_stats: memory(stats),
    ...networks(container, task),
  };
}

const NO_CPU: ContainerStats['cpu_stats'] = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

const NO_BLKIO: ContainerStats['blkio_stats'] = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

const STOPPED = {
  os_type: 'linux',
  read: NEVER,
  pids_stats: {},
  blkio_stats: NO_BLKIO,
  num_procs: 0,
  storage_stats: {},
  cpu_stats: NO_CPU,
  memory_stats: {},
};

function cpu({ cpu }: TaskStats): ContainerStats['cpu_stats'] {
  return {
    cpu_usage: {
      total_usage: cpu.total,
      ...(cpu.perCpu ? { percpu_usage: cpu.perCpu } : {}),
      usage_in_kernelmode: cpu.kernel,
      usage_in_usermode: cpu.user,
    },
    system_cpu_usage: systemCpu(),
    online_cpus: cpus().length,
    throttling_data: {
      periods: cpu.periods,
      throttled_periods: cpu.throttledPeriods,
      throttled_time: cpu.throttledTime,
    },
  };
}

/** What all CPUs together have spent, idle time too: the first line of /proc/stat without guest time. */
function systemCpu(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return ticks.reduce((sum, value) => sum + value, 0) * NANOSECONDS_PER_TICK;
}

function memory({ memory }: TaskStats): ContainerStats['memory_stats'] {
  return {
    usage: memory.usage,
    ...(memory.maxUsage === undefined ? {} : { max_usage: memory.maxUsage }),
    stats: memory.stats,
    ...(memory.failcnt === undefined ? {} : { failcnt: memory.failcnt }),
    // No limit of its own: the machine's memory is what it can have, and what clients reckon with.
    limit: Math.min(memory.limit, totalmem()),
  };
}

/** A kernel with cgroup v1 counts each, be it nothing; one with v2 has no counters for most. */
function blkio({ blkio, cgroupVersion }: TaskStats): ContainerStats['blkio_stats'] {
  const absent = cgroupVersion === 1 ? Object.keys(NO_BLKIO).map((name) => [name, []]) : [];
  return { ...NO_BLKIO, ...Object.fromEntries(absent), ...blkio };
}

/** Links of the container's own network namespace, loopback left out: /proc/pid/net/dev, proc(5). */
function networks({ hostConfig }: Container, task: Task): { networks?: Record<string, NetworkStats> } {
  const mode = hostConfig.NetworkMode ?? '';
  if (mode === 'host' || mode === 'none' || mode.startsWith('container:')) return {};
  let text: string;
  try {
    text = readFileSync(`/proc/${task.pid}/net/dev`, 'utf8');
  } catch (error) {
    ignoring('ENOENT', 'EINVAL', 'ESRCH')(error);
    return {};
  }
  const rows = text.split('\n').slice(2).map(parseLink);
  return { networks: Object.fromEntries(rows.filter((row) => row !== undefined)) };
}

function parseLink(line: string): [string, NetworkStats] | undefined {
  const [, name, counters] = /^\s*([^:]+):(.*)$/.exec(line) ?? [];
  if (name === undefined || counters === undefined || name === 'lo') return undefined;
  const values = counters.trim().split(/\s+/).map(Number);
  const at = (index: number) => values[index] ?? 0;
  return [
    name,
    {
      rx_bytes: at(0),
      rx_packets: at(1),
      rx_errors: at(2),
      rx_dropped: at(3),
      tx_bytes: at(8),
      tx_packets: at(9),
      tx_errors: at(10),
      tx_dropped: at(11),
    },
  ];
}
