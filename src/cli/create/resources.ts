// The limits of a container, from the flags.

import type { Resources } from '../../api/host-config.ts';
import { isCdiDevice, parseDevice } from './devices.ts';
import { parseThrottle, parseWeight } from './limits.ts';
import type { CreateValues } from './request.ts';

export function resourcesOf(flags: CreateValues, changed: ReadonlySet<string>): Resources {
  const cdi = flags.device.filter(isCdiDevice);
  const requests = [...flags.gpus, ...(cdi.length > 0 ? [{ Driver: 'cdi', DeviceIDs: cdi }] : [])];
  return {
    CpuShares: flags['cpu-shares'],
    Memory: flags.memory,
    NanoCpus: flags.cpus,
    CgroupParent: flags['cgroup-parent'],
    BlkioWeight: flags['blkio-weight'],
    BlkioWeightDevice: flags['blkio-weight-device'].map(parseWeight),
    BlkioDeviceReadBps: flags['device-read-bps'].map((text) => parseThrottle(text, 'bytes')),
    BlkioDeviceWriteBps: flags['device-write-bps'].map((text) => parseThrottle(text, 'bytes')),
    BlkioDeviceReadIOps: flags['device-read-iops'].map((text) => parseThrottle(text, 'operations')),
    BlkioDeviceWriteIOps: flags['device-write-iops'].map((text) => parseThrottle(text, 'operations')),
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    Devices: flags.device.filter((text) => !isCdiDevice(text)).map(parseDevice),
    DeviceCgroupRules: flags['device-cgroup-rule'].map(checkedRule),
    ...(requests.length > 0 && { DeviceRequests: requests }),
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    MemorySwappiness: flags['memory-swappiness'],
    OomKillDisable: flags['oom-kill-disable'],
    ...(changed.has('pids-limit') && { PidsLimit: flags['pids-limit'] }),
    Ulimits: [...flags.ulimit],
    ...(flags['kernel-memory'] && { KernelMemory: flags['kernel-memory'] }),
    CpuCount: flags['cpu-count'],
    CpuPercent: flags['cpu-percent'],
    IOMaximumIOps: flags['io-maxiops'],
    IOMaximumBandwidth: flags['io-maxbandwidth'],
  } as Resources;
}

function checkedRule(text: string): string {
  if (!/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text))
    throw new Error(`invalid device cgroup format '${text}'`);
  return text;
}
