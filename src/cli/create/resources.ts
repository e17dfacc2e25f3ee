// The limits of a container, from the flags.

import type { Resources } from '../../api/host-config.ts';
import { isCdiDevice, parseDevice } from './devices.ts';
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
    BlkioWeightDevice: [...flags['blkio-weight-device']],
    BlkioDeviceReadBps: [...flags['device-read-bps']],
    BlkioDeviceWriteBps: [...flags['device-write-bps']],
    BlkioDeviceReadIOps: [...flags['device-read-iops']],
    BlkioDeviceWriteIOps: [...flags['device-write-iops']],
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    Devices: flags.device.filter((text) => !isCdiDevice(text)).map(parseDevice),
    DeviceCgroupRules: flags['device-cgroup-rule'].length > 0 ? [...flags['device-cgroup-rule']] : null,
    ...(requests.length > 0 && { DeviceRequests: requests }),
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    MemorySwappiness: flags['memory-swappiness'],
    OomKillDisable: flags['oom-kill-disable'],
    ...(changed.has('pids-limit') && { PidsLimit: flags['pids-limit'] }),
    Ulimits: [...flags.ulimit].sort((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1)),
    ...(flags['kernel-memory'] && { KernelMemory: flags['kernel-memory'] }),
    CpuCount: flags['cpu-count'],
    CpuPercent: flags['cpu-percent'],
    IOMaximumIOps: flags['io-maxiops'],
    IOMaximumBandwidth: flags['io-maxbandwidth'],
  } as Resources;
}
