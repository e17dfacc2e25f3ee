/** Limits of the API as the OCI config has them. Zero and absent both mean "not limited". */
import type { HostConfig, Resources } from '../../../api/container.ts';
import type { OciResources, OciThrottle } from '../../../runtime/oci.ts';
import { deviceNumbers, deviceRules } from './devices.ts';

export function resources(hostConfig: HostConfig): OciResources {
  return {
    devices: deviceRules(hostConfig),
    memory: memory(hostConfig),
    cpu: cpu(hostConfig),
    pids: pids(hostConfig),
    blockIO: blockIo(hostConfig),
  };
}

/** Bytes. */
export function memory(limits: Resources & { KernelMemory?: number | null }): OciResources['memory'] {
  const { Memory, MemoryReservation, MemorySwap, MemorySwappiness, OomKillDisable } = limits;
  const swap = MemorySwap || (Memory ? Memory * 2 : 0);
  return compact({
    limit: Memory || undefined,
    reservation: MemoryReservation || undefined,
    swap: swap || undefined,
    swappiness:
      MemorySwappiness !== undefined && MemorySwappiness !== null && MemorySwappiness >= 0
        ? MemorySwappiness
        : undefined,
    disableOOMKiller: OomKillDisable || undefined,
  });
}

const PERIOD = 100_000;

export function cpu(limits: Resources): OciResources['cpu'] {
  const whole = limits.NanoCpus
    ? { period: PERIOD, quota: Math.round((limits.NanoCpus * PERIOD) / 1e9) }
    : undefined;
  return compact({
    shares: limits.CpuShares || undefined,
    period: whole?.period ?? (limits.CpuPeriod || undefined),
    quota: whole?.quota ?? (limits.CpuQuota || undefined),
    realtimePeriod: limits.CpuRealtimePeriod || undefined,
    realtimeRuntime: limits.CpuRealtimeRuntime || undefined,
    cpus: limits.CpusetCpus || undefined,
    mems: limits.CpusetMems || undefined,
  });
}

export function pids({ PidsLimit }: Resources): OciResources['pids'] {
  if (PidsLimit === undefined || PidsLimit === null) return undefined;
  return { limit: PidsLimit > 0 ? PidsLimit : -1 };
}

export function blockIo(limits: Resources): OciResources['blockIO'] {
  return compact({
    weight: limits.BlkioWeight || undefined,
    weightDevice: list(limits.BlkioWeightDevice)?.map(({ Path, Weight }) => ({
      ...deviceNumbers(Path ?? ''),
      weight: Weight ?? 0,
    })),
    throttleReadBpsDevice: throttles(limits.BlkioDeviceReadBps),
    throttleWriteBpsDevice: throttles(limits.BlkioDeviceWriteBps),
    throttleReadIOPSDevice: throttles(limits.BlkioDeviceReadIOps),
    throttleWriteIOPSDevice: throttles(limits.BlkioDeviceWriteIOps),
  });
}

function throttles(devices: HostConfig['BlkioDeviceReadBps']): OciThrottle[] | undefined {
  return list(devices)?.map(({ Path, Rate }) => ({ ...deviceNumbers(Path ?? ''), rate: Rate ?? 0 }));
}

const list = <T>(items: T[] | null | undefined) => (items && items.length > 0 ? items : undefined);

/** `undefined` when nothing is set: a part that is not in the config is not touched by runc. */
function compact<T extends object>(part: T): T | undefined {
  return Object.values(part).some((value) => value !== undefined) ? part : undefined;
}
