/** cgroup version 2: one directory for all controllers (Documentation/admin-guide/cgroup-v2.rst). */
import { watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { internal } from '../../core/errors.ts';
import type { TaskStats } from '../task.ts';
import type { Cgroup } from './cgroup.ts';
import { readFile, readNumber, readTable } from './files.ts';

/** Microseconds in the kernel's files, nanoseconds in ours. */
const MICRO = 1000;
const FREEZE_DEADLINE_MS = 10_000;

/** The counters of memory.stat that Docker tells; 0 where the kernel has none of that name. */
const MEMORY_COUNTERS = [
  ...['anon', 'file', 'kernel_stack', 'slab', 'sock', 'shmem', 'file_mapped', 'file_dirty', 'file_writeback'],
  ...['anon_thp', 'inactive_anon', 'active_anon', 'inactive_file', 'active_file', 'unevictable'],
  ...['slab_reclaimable', 'slab_unreclaimable', 'pgfault', 'pgmajfault', 'workingset_refault'],
  ...['workingset_activate', 'workingset_nodereclaim', 'pgrefill', 'pgscan', 'pgsteal', 'pgactivate'],
  ...['pgdeactivate', 'pglazyfree', 'pglazyfreed', 'thp_fault_alloc', 'thp_collapse_alloc'],
];

export function cgroupV2(path: string): Cgroup {
  return {
    main: path,
    freeze: () => setFrozen(path, 1),
    thaw: () => setFrozen(path, 0),
    oomKills: () => readTable(path, 'memory.events').oom_kill,
    stats: () => readStats(path),
  };
}

/** `cgroup.events` is changed, and so notified, when the last task has stopped. */
async function setFrozen(path: string, frozen: 0 | 1): Promise<void> {
  writeFileSync(join(path, 'cgroup.freeze'), String(frozen));
  const isDone = () => (readTable(path, 'cgroup.events').frozen ?? frozen) === frozen;
  if (isDone()) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = watch(join(path, 'cgroup.events'), () => isDone() && resolve());
  const tooLate = () => reject(internal(`the processes in ${path} cannot be frozen`));
  const deadline = setTimeout(tooLate, FREEZE_DEADLINE_MS);
  if (isDone()) resolve();
  await promise.finally(() => {
    watcher.close();
    clearTimeout(deadline);
  });
}

function readStats(path: string): TaskStats {
  const cpu = readTable(path, 'cpu.stat');
  return {
    cgroupVersion: 2,
    cpu: {
      total: (cpu.usage_usec ?? 0) * MICRO,
      user: (cpu.user_usec ?? 0) * MICRO,
      kernel: (cpu.system_usec ?? 0) * MICRO,
      periods: cpu.nr_periods ?? 0,
      throttledPeriods: cpu.nr_throttled ?? 0,
      throttledTime: (cpu.throttled_usec ?? 0) * MICRO,
    },
    memory: {
      usage: readNumber(path, 'memory.current') ?? 0,
      limit: readNumber(path, 'memory.max') ?? Number.MAX_SAFE_INTEGER,
      stats: memoryCounters(readTable(path, 'memory.stat')),
    },
    pids: { current: readNumber(path, 'pids.current') ?? 0, limit: readNumber(path, 'pids.max') },
    blkio: readIo(path),
  };
}

/** Linux 5.9 has told anonymous memory and files apart in what was one counter (workingset_refault, …_activate). */
function memoryCounters(table: Record<string, number>): Record<string, number> {
  const counter = (name: string) =>
    table[name] ?? (table[`${name}_anon`] ?? 0) + (table[`${name}_file`] ?? 0);
  return Object.fromEntries(MEMORY_COUNTERS.map((name) => [name, counter(name)]));
}

/** Lines of `MAJOR:MINOR rbytes=… wbytes=…`. Docker tells the bytes alone. */
function readIo(path: string): TaskStats['blkio'] {
  const bytes = [];
  for (const line of (readFile(path, 'io.stat') ?? '').split('\n')) {
    const [device = '', ...pairs] = line.split(' ');
    const [major, minor] = device.split(':').map(Number);
    if (major === undefined || minor === undefined) continue;
    const values = Object.fromEntries(pairs.map((pair) => pair.split('=')));
    const entry = (op: string, key: string) => ({ major, minor, op, value: Number(values[key] ?? 0) });
    bytes.push(entry('read', 'rbytes'), entry('write', 'wbytes'));
  }
  return { io_service_bytes_recursive: bytes };
}
