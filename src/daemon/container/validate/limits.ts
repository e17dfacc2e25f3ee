/** Limits out of range, upside down, or of CPUs and memory nodes that are not there. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Resources } from '../../../api/container.ts';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';

/** 6 MiB: below it runc itself has no room (Docker's bound). */
const LEAST_MEMORY = 6 * 1024 * 1024;

export function validateLimits(limits: Resources, cgroupVersion: 1 | 2): void {
  validateMemory(limits);
  validateCpu(limits);
  validateRealtime(limits, cgroupVersion);
  validateCpuset(limits, cgroupVersion);
  validateIo(limits);
}

function validateMemory(limits: Resources): void {
  const { Memory, MemorySwap, MemoryReservation, MemorySwappiness } = limits;
  if (Memory && Memory < LEAST_MEMORY) throw invalidArgument('Minimum memory limit allowed is 6MB');
  if (MemorySwap && MemorySwap > 0 && !Memory) {
    throw invalidArgument('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (Memory && MemorySwap && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalidArgument('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (MemoryReservation && MemoryReservation < LEAST_MEMORY) {
    throw invalidArgument('Minimum memory reservation allowed is 6MB');
  }
  if (Memory && MemoryReservation && Memory < MemoryReservation) {
    throw invalidArgument('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (typeof MemorySwappiness === 'number' && (MemorySwappiness < -1 || MemorySwappiness > 100)) {
    throw invalidArgument(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  }
}

function validateCpu({ NanoCpus, CpuPeriod, CpuQuota, CpuShares }: Resources): void {
  if (NanoCpus && (CpuPeriod || CpuQuota)) {
    const other = CpuPeriod ? 'Period' : 'Quota';
    throw invalidArgument(`Conflicting options: Nano CPUs and CPU ${other} cannot both be set`);
  }
  const most = availableParallelism();
  if (NanoCpus && (NanoCpus < 0 || NanoCpus > most * 1e9)) {
    throw invalidArgument(
      `Range of CPUs is from 0.01 to ${most}.00, as there are only ${most} CPUs available`,
    );
  }
  if (CpuPeriod && (CpuPeriod < 1000 || CpuPeriod > 1_000_000)) {
    throw invalidArgument(
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
    );
  }
  if (CpuQuota && CpuQuota > 0 && CpuQuota < 1000) {
    throw invalidArgument('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  }
  if (CpuShares && CpuShares < 0)
    throw invalidArgument(`invalid CPU shares (${CpuShares}): value must be a positive integer`);
}

/** Version 2 gives groups no share of real time, nor do most kernels of version 1. */
function validateRealtime({ CpuRealtimePeriod, CpuRealtimeRuntime }: Resources, cgroupVersion: 1 | 2): void {
  if (!CpuRealtimePeriod && !CpuRealtimeRuntime) return;
  if (cgroupVersion === 2 || !existsSync('/sys/fs/cgroup/cpu/cpu.rt_runtime_us'))
    throw invalidArgument('Your kernel does not support CPU real-time scheduler');
  if (CpuRealtimePeriod && CpuRealtimeRuntime && CpuRealtimeRuntime > CpuRealtimePeriod)
    throw invalidArgument('cpu real-time runtime cannot be higher than cpu real-time period');
}

function validateCpuset({ CpusetCpus, CpusetMems }: Resources, cgroupVersion: 1 | 2): void {
  const parts = [
    { asked: CpusetCpus, file: 'cpus', things: 'CPUs' },
    { asked: CpusetMems, file: 'mems', things: 'memory nodes' },
  ];
  for (const { asked, file, things } of parts) {
    if (!asked) continue;
    const wanted = numbersIn(asked);
    if (!wanted) throw invalidArgument(`Invalid value ${asked} for cpuset ${file}: invalid format: ${asked}`);
    const available = cpusetOfHost(file, cgroupVersion);
    const there = available === undefined ? undefined : numbersIn(available);
    if (there && !wanted.isSubsetOf(there))
      throw invalidArgument(
        `Requested ${things} are not available - requested ${asked}, available: ${available}`,
      );
  }
}

/** More than this kernel counts; a list that names more is no list. */
const MOST_NUMBERS = 8192;

/** `0-3,7`, as cpuset(7) writes lists. Undefined if it is none. */
function numbersIn(list: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of list.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first) || Number(last) > MOST_NUMBERS) return undefined;
    for (let number = Number(first); number <= Number(last); number++) numbers.add(number);
  }
  return numbers;
}

/** Undefined where there is no such controller: then the limit is discarded, with a warning. */
function cpusetOfHost(file: string, cgroupVersion: 1 | 2): string | undefined {
  const path = cgroupVersion === 2 ? `cpuset.${file}.effective` : `cpuset/cpuset.${file}`;
  try {
    return readFileSync(`/sys/fs/cgroup/${path}`, 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function validateIo({ BlkioWeight, IOMaximumBandwidth, IOMaximumIOps }: Resources): void {
  if (BlkioWeight && (BlkioWeight < 10 || BlkioWeight > 1000))
    throw invalidArgument('Range of blkio weight is from 10 to 1000');
  if (IOMaximumBandwidth)
    throw invalidArgument('Invalid QoS settings: linux does not support configuration of maximum bandwidth');
  if (IOMaximumIOps)
    throw invalidArgument('Invalid QoS settings: linux does not support configuration of maximum IOPs');
}
