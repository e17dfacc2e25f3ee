/**
 * Limits that this kernel cannot set: they are discarded when the container is made, each with a warning in Docker's
 * words, so that what `inspect` shows is what holds.
 */
import { existsSync } from 'node:fs';
import type { HostConfig } from '../../api/container.ts';
import type { EngineSettings } from '../engine.ts';
import { type LimitSupport, limitSupport } from '../system/limits.ts';
import { ulimitWarnings } from './spec/ulimits.ts';

interface Rule {
  asked: (hostConfig: HostConfig) => boolean;
  works: (support: Support) => boolean;
  warning: string;
  discarded: Partial<HostConfig>;
}

type Support = LimitSupport & {
  blkioWeight: boolean;
  blkioWeightDevice: boolean;
  swappiness: boolean;
};

const rules: Rule[] = [
  {
    asked: ({ Memory }) => isSet(Memory),
    works: ({ MemoryLimit }) => MemoryLimit,
    warning:
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    discarded: { Memory: 0, MemorySwap: -1 },
  },
  {
    asked: ({ Memory, MemorySwap }) => isSet(Memory) && MemorySwap !== -1,
    works: ({ SwapLimit }) => SwapLimit,
    warning:
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    discarded: { MemorySwap: -1 },
  },
  {
    // Zero is a wish, too.
    asked: ({ MemorySwappiness }) => (MemorySwappiness ?? -1) !== -1,
    works: ({ swappiness }) => swappiness,
    warning:
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    discarded: { MemorySwappiness: null },
  },
  {
    asked: ({ OomKillDisable }) => OomKillDisable === true,
    works: ({ OomKillDisable }) => OomKillDisable,
    warning: 'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    discarded: { OomKillDisable: null },
  },
  {
    asked: ({ PidsLimit }) => isSet(PidsLimit),
    works: ({ PidsLimit }) => PidsLimit,
    warning:
      'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    discarded: { PidsLimit: null },
  },
  {
    asked: ({ BlkioWeight }) => isSet(BlkioWeight),
    works: ({ blkioWeight }) => blkioWeight,
    warning: 'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
    discarded: { BlkioWeight: 0 },
  },
  {
    asked: ({ BlkioWeightDevice }) => (BlkioWeightDevice ?? []).length > 0,
    works: ({ blkioWeightDevice }) => blkioWeightDevice,
    warning:
      'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
    discarded: { BlkioWeightDevice: [] },
  },
  {
    asked: ({ CpusetCpus, CpusetMems }) => Boolean(CpusetCpus || CpusetMems),
    works: ({ CPUSet }) => CPUSet,
    warning: 'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
    discarded: { CpusetCpus: '', CpusetMems: '' },
  },
  {
    asked: ({ CpuShares }) => isSet(CpuShares),
    works: ({ CPUShares }) => CPUShares,
    warning: 'Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.',
    discarded: { CpuShares: 0 },
  },
  {
    asked: ({ CpuPeriod, CpuQuota }) => isSet(CpuPeriod) || isSet(CpuQuota),
    works: ({ CpuCfsPeriod }) => CpuCfsPeriod,
    warning: 'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
    discarded: { CpuPeriod: 0, CpuQuota: 0 },
  },
  {
    asked: ({ CpuPercent }) => isSet(CpuPercent),
    works: () => false,
    warning: 'linux does not support CPU percent. Percent discarded.',
    discarded: { CpuPercent: 0 },
  },
  {
    asked: ({ CpuCount }) => isSet(CpuCount),
    works: () => false,
    warning: 'linux does not support CPU count. Count discarded.',
    discarded: { CpuCount: 0 },
  },
  {
    asked: ({ KernelMemory }) => isSet(KernelMemory),
    works: () => false,
    warning:
      'Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    discarded: { KernelMemory: 0 },
  },
  {
    asked: ({ KernelMemoryTCP }) => isSet(KernelMemoryTCP),
    works: () => false,
    warning: 'Kernel memory TCP limits are not supported by the kernel. Limitation discarded.',
    discarded: { KernelMemoryTCP: 0 },
  },
];

const isSet = (value: number | null | undefined) => value !== undefined && value !== null && value !== 0;

export function withinKernelLimits(
  { cgroupVersion }: EngineSettings,
  asked: HostConfig,
): { hostConfig: HostConfig; warnings: string[] } {
  const wanted = rules.filter((rule) => rule.asked(asked));
  const ulimits = ulimitWarnings(asked);
  if (wanted.length === 0) return { hostConfig: asked, warnings: ulimits };
  const support = supportOf(cgroupVersion);
  const missing = wanted.filter((rule) => !rule.works(support));
  const hostConfig: HostConfig = Object.assign({}, asked, ...missing.map(({ discarded }) => discarded));
  const warnings = [...missing.map(({ warning }) => warning), ...ulimits, ...riskWarnings(hostConfig)];
  return { hostConfig, warnings };
}

function riskWarnings({ OomKillDisable, Memory }: HostConfig): string[] {
  if (!OomKillDisable || Memory) return [];
  return [
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
  ];
}

function supportOf(version: 1 | 2): Support {
  const v1 = version === 1;
  return {
    ...limitSupport(version),
    // On v2 only the BFQ scheduler tells devices apart, and runc leaves the weights out in silence without it.
    blkioWeightDevice: v1
      ? hasAny('blkio/blkio.weight_device', 'blkio/blkio.bfq.weight_device')
      : existsSync('/sys/module/bfq'),
    blkioWeight: v1 ? hasAny('blkio/blkio.weight', 'blkio/blkio.bfq.weight') : hasAny('cgroup.controllers'),
    swappiness: v1 && hasAny('memory/memory.swappiness'),
  };
}

const hasAny = (...files: string[]) => files.some((file) => existsSync(`/sys/fs/cgroup/${file}`));
