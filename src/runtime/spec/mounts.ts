/** The mounts that every container has, as Docker makes them (OCI config, "mounts"). */
import type { OciMount } from '../oci.ts';

export interface DefaultMountOptions {
  /** Bytes of /dev/shm. */
  shmSize: number;
  /** Writable /sys and control groups. */
  privileged?: boolean;
}

/** Docker's 64 MiB. */
export const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;

export function defaultMounts({ shmSize, privileged = false }: DefaultMountOptions): OciMount[] {
  const plain = ['nosuid', 'noexec', 'nodev'];
  const access = privileged ? 'rw' : 'ro';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: plain },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...plain, access] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [access, ...plain] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: plain },
    shmMount(shmSize),
  ];
}

/** /dev/shm of its own; with a shared ipc namespace the daemon puts a bind mount in its place. */
export function shmMount(size: number): OciMount {
  const options = ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`];
  return { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options };
}
