/** mknodat(2): devices, FIFOs and sockets, named by one component below an open directory. */
import { bind, check } from './libc.ts';
import type { PathName } from './path.ts';

const mknodat = bind<(dir: number, path: Buffer, mode: number, device: number) => number>(
  'int mknodat(int dirfd, const void *path, unsigned int mode, unsigned long dev)',
);

/** inode(7), "The file type and mode". */
export const S = {
  IFMT: 0o170000,
  IFSOCK: 0o140000,
  IFLNK: 0o120000,
  IFREG: 0o100000,
  IFBLK: 0o060000,
  IFDIR: 0o040000,
  IFCHR: 0o020000,
  IFIFO: 0o010000,
} as const;

export type FileKind = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket';

const KINDS: Record<number, FileKind> = {
  [S.IFREG]: 'file',
  [S.IFDIR]: 'directory',
  [S.IFLNK]: 'symlink',
  [S.IFCHR]: 'character',
  [S.IFBLK]: 'block',
  [S.IFIFO]: 'fifo',
};

/** What `st_mode` says. */
export const fileKind = (mode: number | bigint): FileKind => KINDS[Number(mode) & S.IFMT] ?? 'socket';

/** `mode` holds the type (S.IFCHR …) and the permissions, which the umask narrows. */
export function mknodAt(dir: number, name: PathName, mode: number, major = 0, minor = 0): void {
  const path = typeof name === 'string' ? Buffer.from(`${name}\0`) : name;
  check(mknodat(dir, path, mode, makedev(major, minor)), 'mknodat', path);
}

/** The encoding of makedev(3) for numbers below 2^12 and 2^20, the kernel's own limits (linux/kdev_t.h). */
export function makedev(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x100000;
}

export function majorOf(device: number): number {
  return (device >>> 8) & 0xfff;
}

export function minorOf(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00);
}
