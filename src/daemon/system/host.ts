/** What this host says of itself, read from the kernel and from /etc once and kept: it does not change under a daemon. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os';

export interface HostFacts {
  name: string;
  kernelVersion: string;
  operatingSystem: string;
  osVersion: string;
  /** As uname(2) says it: `x86_64`. */
  machine: string;
  /** As Go and OCI say it: `amd64`. */
  architecture: string;
  cpus: number;
  /** Bytes. */
  memory: number;
}

const GO_NAMES: Record<string, string> = { x64: 'amd64', ia32: '386', arm64: 'arm64', arm: 'arm' };
const MACHINES: Record<string, string> = { x64: 'x86_64', ia32: 'i686', arm64: 'aarch64', arm: 'armv7l' };

export function readHostFacts(): HostFacts {
  const os = osRelease();
  return {
    name: hostname(),
    kernelVersion: release(),
    operatingSystem: `${os.PRETTY_NAME ?? 'Linux'}${isContainerized() ? ' (containerized)' : ''}`,
    osVersion: os.VERSION_ID ?? '',
    machine: MACHINES[arch()] ?? arch(),
    architecture: GO_NAMES[arch()] ?? arch(),
    cpus: availableParallelism(),
    memory: totalmem(),
  };
}

/** As dockerd finds out: the first process is not at the top of the control groups (cgroups(7), /proc/pid/cgroup). */
function isContainerized(): boolean {
  const groups = readFileSync('/proc/1/cgroup', 'utf8').split('\n').filter(Boolean);
  return groups.some((line) => !line.endsWith(':/') && !line.endsWith(':/init.scope'));
}

export function isForwarding(): boolean {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

/** statfs(2), "f_type"; in the words that dockerd has for them. */
const FILESYSTEMS: Record<number, string> = {
  61267: 'extfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
};

export function filesystemOf(path: string): string {
  return FILESYSTEMS[statfsSync(path).type] ?? '<unknown>';
}

/** os-release(5): shell assignments, quoted or not. */
function osRelease(): Record<string, string> {
  const path = ['/etc/os-release', '/usr/lib/os-release'].find((known) => existsSync(known));
  const lines = path ? readFileSync(path, 'utf8').split('\n') : [];
  const pairs = lines.flatMap((line) => {
    const [, key = '', value = ''] = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line) ?? [];
    return key ? [[key, value] as const] : [];
  });
  return Object.fromEntries(pairs);
}
