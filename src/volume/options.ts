/** Options of the local driver: what to mount over the directory, in the words of mount(8). */
import { invalidArgument } from '../core/errors.ts';
import { MS } from '../kernel/mount.ts';

const NEEDED: Record<string, string[]> = { type: ['device'], device: ['type'], o: ['device', 'type'] };

/** Docker's checks, in Docker's words. */
export function checkOptions(name: string, options: Record<string, string>): void {
  if (Object.hasOwn(options, 'size'))
    throw invalidArgument(`create ${name}: quota size requested but no quota support`);
  for (const option of Object.keys(options)) {
    if (!Object.hasOwn(NEEDED, option)) throw invalidArgument(`create ${name}: invalid option: "${option}"`);
  }
  for (const option of Object.keys(options)) {
    const missing = NEEDED[option]?.find((other) => !Object.hasOwn(options, other));
    if (missing) throw invalidArgument(`create ${name}: missing required option: "${missing}"`);
  }
}

/** mount(8), "Filesystem-independent mount options": the flag that each sets or clears. */
const FLAGS: Record<string, { set?: number; clear?: number }> = {
  defaults: {},
  ro: { set: MS.RDONLY },
  rw: { clear: MS.RDONLY },
  suid: { clear: MS.NOSUID },
  nosuid: { set: MS.NOSUID },
  dev: { clear: MS.NODEV },
  nodev: { set: MS.NODEV },
  exec: { clear: MS.NOEXEC },
  noexec: { set: MS.NOEXEC },
  sync: { set: MS.SYNCHRONOUS },
  async: { clear: MS.SYNCHRONOUS },
  dirsync: { set: MS.DIRSYNC },
  mand: { set: MS.MANDLOCK },
  nomand: { clear: MS.MANDLOCK },
  atime: { clear: MS.NOATIME },
  noatime: { set: MS.NOATIME },
  diratime: { clear: MS.NODIRATIME },
  nodiratime: { set: MS.NODIRATIME },
  relatime: { set: MS.RELATIME },
  norelatime: { clear: MS.RELATIME },
  strictatime: { set: MS.STRICTATIME },
  nostrictatime: { clear: MS.STRICTATIME },
  bind: { set: MS.BIND },
  rbind: { set: MS.BIND | MS.REC },
};

/** `o=size=100m,uid=1000,noexec` → flags for mount(2), and the rest for the file system. */
export function parseMountOptions(text: string): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const option of text.split(',').filter(Boolean)) {
    const known = FLAGS[option];
    if (known) flags = (flags | (known.set ?? 0)) & ~(known.clear ?? 0);
    else data.push(option);
  }
  return { flags, data: data.join(',') };
}
