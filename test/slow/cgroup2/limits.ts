/** Limits, and which files of the kernel say them: Documentation/admin-guide/cgroup-v2.rst. */
import type Docker from 'dockerode';

type Files = Record<string, string>;

/** The guest's disk. */
const disk = (Rate: number) => [{ Path: '/dev/vda', Rate }];

/** One container's. */
export const LIMITED: Docker.HostConfig = {
  Memory: 64 << 20,
  MemorySwap: 160 << 20,
  MemoryReservation: 32 << 20,
  CpuShares: 512,
  CpuPeriod: 50_000,
  CpuQuota: 20_000,
  CpusetCpus: '1',
  CpusetMems: '0',
  PidsLimit: 50,
  BlkioWeight: 300,
  BlkioDeviceReadBps: disk(1 << 20),
  BlkioDeviceWriteIOps: disk(100),
};

/** Swap has a limit of its own; shares and weights are on another scale, as runc reckons. */
export const LIMITED_FILES: Files = {
  'memory.max': String(64 << 20),
  'memory.swap.max': String(96 << 20),
  'memory.low': String(32 << 20),
  'cpu.weight': '20',
  'cpu.max': '20000 50000',
  'cpuset.cpus': '1',
  'cpuset.mems': '0',
  'pids.max': '50',
  'io.weight': 'default 2930',
  'io.max': '254:0 rbps=1048576 wbps=max riops=max wiops=100',
};

/** What is said, and the files that are different then; all others stay. */
export const UPDATES: [change: object, files: Files][] = [
  [
    { Memory: 96 << 20, MemorySwap: 96 << 20 },
    { 'memory.max': String(96 << 20), 'memory.swap.max': '0' },
  ],
  [{ MemorySwap: -1 }, { 'memory.swap.max': 'max' }],
  [{ MemoryReservation: 16 << 20 }, { 'memory.low': String(16 << 20) }],
  [{ CpuShares: 2048 }, { 'cpu.weight': '79' }],
  [{ CpuQuota: 30_000, CpuPeriod: 100_000 }, { 'cpu.max': '30000 100000' }],
  [{ CpusetCpus: '0-1' }, { 'cpuset.cpus': '0-1' }],
  [{ PidsLimit: 70 }, { 'pids.max': '70' }],
  [{ PidsLimit: -1 }, { 'pids.max': 'max' }],
  [{ BlkioWeight: 500 }, { 'io.weight': 'default 4950' }],
  [
    { BlkioDeviceReadBps: disk(2 << 20), BlkioDeviceWriteIOps: [] },
    { 'io.max': '254:0 rbps=2097152 wbps=max riops=max wiops=max' },
  ],
];

/** Those of a container that was told none. */
export const UNLIMITED_FILES: Files = {
  'memory.max': 'max',
  'memory.swap.max': 'max',
  'memory.low': '0',
  'cpu.weight': '100',
  'cpu.max': 'max 100000',
  'cpuset.cpus': '',
  'pids.max': 'max',
  'io.weight': 'default 100',
  'io.max': '',
};

/** What version 2 cannot do: in Docker's words. */
export const DISCARDED: [field: string, value: unknown, warning: RegExp, shown: unknown][] = [
  [
    'OomKillDisable',
    true,
    /^Your kernel does not support OomKillDisable\. OomKillDisable discarded\.$/,
    null,
  ],
  ['MemorySwappiness', 0, /memory swappiness capabilities .* Memory swappiness discarded\.$/, null],
  ['BlkioWeightDevice', [{ Path: '/dev/vda', Weight: 300 }], /weight_device .* discarded\.$/, []],
];
