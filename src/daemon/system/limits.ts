/** Which limits this kernel can set on a container: the cgroup controllers that are there. cgroups(7). */
import { existsSync, readFileSync } from 'node:fs';

export interface LimitSupport {
  MemoryLimit: boolean;
  SwapLimit: boolean;
  CpuCfsPeriod: boolean;
  CpuCfsQuota: boolean;
  CPUShares: boolean;
  CPUSet: boolean;
  PidsLimit: boolean;
  OomKillDisable: boolean;
}

const ROOT = '/sys/fs/cgroup';

export function limitSupport(cgroupVersion: 1 | 2): LimitSupport {
  return cgroupVersion === 2 ? limitsOfV2() : limitsOfV1();
}

/** For `docker info`: what a person who sets the limit would want to know. */
export function limitWarnings(support: LimitSupport, cgroupVersion: 1 | 2): string[] {
  const missing: [boolean, string][] = [
    [support.MemoryLimit, 'No memory limit support'],
    [support.SwapLimit, 'No swap limit support'],
    [support.CpuCfsQuota, 'No cpu cfs quota support'],
    [support.CpuCfsPeriod, 'No cpu cfs period support'],
    [support.CPUShares, 'No cpu shares support'],
    [support.CPUSet, 'No cpuset support'],
    [support.PidsLimit, 'No pids limit support'],
    [support.OomKillDisable || cgroupVersion === 2, 'No oom kill disable support'],
  ];
  return missing.filter(([there]) => !there).map(([, words]) => `WARNING: ${words}`);
}

function limitsOfV1(): LimitSupport {
  const has = (path: string) => existsSync(`${ROOT}/${path}`);
  return {
    MemoryLimit: has('memory/memory.limit_in_bytes'),
    SwapLimit: has('memory/memory.memsw.limit_in_bytes'),
    CpuCfsPeriod: has('cpu/cpu.cfs_period_us'),
    CpuCfsQuota: has('cpu/cpu.cfs_quota_us'),
    CPUShares: has('cpu/cpu.shares'),
    CPUSet: has('cpuset/cpuset.cpus'),
    PidsLimit: has('pids'),
    OomKillDisable: has('memory/memory.oom_control'),
  };
}

/** v2 cannot stop the OOM killer. */
function limitsOfV2(): LimitSupport {
  const controllers = readFileSync(`${ROOT}/cgroup.controllers`, 'utf8').trim().split(' ');
  const cpu = controllers.includes('cpu');
  return {
    MemoryLimit: controllers.includes('memory'),
    SwapLimit: controllers.includes('memory') && existsSync('/proc/swaps'),
    CpuCfsPeriod: cpu,
    CpuCfsQuota: cpu,
    CPUShares: cpu,
    CPUSet: controllers.includes('cpuset'),
    PidsLimit: controllers.includes('pids'),
    OomKillDisable: false,
  };
}
