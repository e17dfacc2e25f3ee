/** What a test needs of the machine. `t.test('…', { skip: requires('root', 'runc') }, …)` skips with the reason. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';

export type Feature = 'root' | 'overlay' | 'cgroups' | Program;
export type Program =
  | 'runc'
  | 'conmon'
  | 'nft'
  | 'ip'
  | 'busybox'
  | 'tini'
  | 'ps'
  | 'skopeo'
  | 'podman'
  | 'debootstrap'
  | 'docker-registry'
  | 'apparmor_parser'
  | 'apt-get'
  | 'dpkg'
  | 'systemctl';

/** False when all is there; else what is missing, in words. */
export function requires(...features: Feature[]): string | false {
  const missing = features.map(lacking).filter((reason) => reason !== undefined);
  return missing.length > 0 && missing.join(', ');
}

/** Full path of a program on PATH, the system folders included. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function lacking(feature: Feature): string | undefined {
  switch (feature) {
    case 'root':
      return process.getuid?.() === 0 ? undefined : 'needs root';
    case 'overlay':
      return readFileSync('/proc/filesystems', 'utf8').includes('overlay') || isModule('fs/overlayfs')
        ? undefined
        : 'no overlay filesystem';
    case 'cgroups':
      return existsSync('/sys/fs/cgroup') ? undefined : 'no cgroups';
    default:
      return findProgram(feature) ? undefined : `no ${feature} on this machine`;
  }
}

/** The kernel loads it when it is first asked for. */
const isModule = (folder: string) => existsSync(`/lib/modules/${release()}/kernel/${folder}`);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
