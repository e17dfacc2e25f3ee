/** cgroup version 1: one directory per controller (Documentation/admin-guide/cgroup-v1). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { internal } from '../../core/errors.ts';
import type { TaskStats } from '../task.ts';
import type { Cgroup, CgroupPaths } from './cgroup.ts';
import { readFile, readNumber, readTable } from './files.ts';

/** proc(5): USER_HZ is 100 on every architecture that Node runs on. */
const NANOSECONDS_PER_TICK = 1e7;
const FREEZE_DEADLINE_MS = 10_000;

export function cgroupV1(paths: CgroupPaths): Cgroup {
  return {
    main: paths.pids ?? paths.freezer ?? paths.devices ?? Object.values(paths)[0] ?? '',
    freeze: () => setFreezer(paths.freezer, 'FROZEN'),
    thaw: () => setFreezer(paths.freezer, 'THAWED'),
    oomKills: () => readTable(paths.memory, 'memory.oom_control').oom_kill,
    stats: () => readStats(paths),
  };
}

/** Tries of a millisecond each, after which a group that does not freeze is thawed for a moment. */
const FREEZE_TRIES = 10;

/**
 * freezer-subsystem.txt: a group may stay FREEZING while a task forks; writing again makes it try again, and nothing
 * tells when it is done. One with a process that has threads and is just calling execve(2), as runc does at the end of
 * a start, stays so for ever: it waits for its threads to end, and they are frozen.
 */
async function setFreezer(directory: string | undefined, state: 'FROZEN' | 'THAWED'): Promise<void> {
  if (directory === undefined) throw internal('this host has no freezer control group');
  const file = join(directory, 'freezer.state');
  const deadline = Date.now() + FREEZE_DEADLINE_MS;
  for (let attempt = 1; ; attempt++) {
    writeFileSync(file, attempt % FREEZE_TRIES === 0 ? 'THAWED' : state);
    if (readFile(directory, 'freezer.state') === state) return;
    if (Date.now() > deadline) throw internal(`the processes in ${directory} cannot be frozen`);
    await sleep(1);
  }
}

function readStats(paths: CgroupPaths): TaskStats {
  const ticks = readTable(paths.cpuacct, 'cpuacct.stat');
  const throttling = readTable(paths.cpu, 'cpu.stat');
  return {
    cgroupVersion: 1,
    cpu: {
      total: readNumber(paths.cpuacct, 'cpuacct.usage') ?? 0,
      user: (ticks.user ?? 0) * NANOSECONDS_PER_TICK,
      kernel: (ticks.system ?? 0) * NANOSECONDS_PER_TICK,
      perCpu: (readFile(paths.cpuacct, 'cpuacct.usage_percpu') ?? '').split(' ').filter(Boolean).map(Number),
      periods: throttling.nr_periods ?? 0,
      throttledPeriods: throttling.nr_throttled ?? 0,
      throttledTime: throttling.throttled_time ?? 0,
    },
    memory: {
      usage: readNumber(paths.memory, 'memory.usage_in_bytes') ?? 0,
      limit: readNumber(paths.memory, 'memory.limit_in_bytes') ?? 0,
      maxUsage: readNumber(paths.memory, 'memory.max_usage_in_bytes'),
      failcnt: readNumber(paths.memory, 'memory.failcnt'),
      stats: readTable(paths.memory, 'memory.stat'),
    },
    pids: { current: readNumber(paths.pids, 'pids.current') ?? 0, limit: readNumber(paths.pids, 'pids.max') },
    blkio: {
      io_service_bytes_recursive: readBlkio(paths.blkio, 'blkio.throttle.io_service_bytes_recursive'),
      io_serviced_recursive: readBlkio(paths.blkio, 'blkio.throttle.io_serviced_recursive'),
    },
  };
}

/** Lines of `MAJOR:MINOR OPERATION VALUE`, and a total at the end. */
function readBlkio(directory: string | undefined, name: string): TaskStats['blkio'][string] {
  const entries = [];
  for (const line of (readFile(directory, name) ?? '').split('\n')) {
    const [, major, minor, op = '', value] = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line) ?? [];
    if (value !== undefined)
      entries.push({ major: Number(major), minor: Number(minor), op, value: Number(value) });
  }
  return entries;
}
