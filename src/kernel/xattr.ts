/** Extended attributes (xattr(7)) of what a descriptor holds, O_PATH ones included. */
import { bind, check } from './libc.ts';

const set = bind<(path: string, name: string, value: Buffer, size: number, flags: number) => number>(
  'int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
);
const get = bind<(path: string, name: string, value: Buffer | null, size: number) => number>(
  'long getxattr(const char *path, const char *name, void *value, size_t size)',
);
const list = bind<(path: string, names: Buffer | null, size: number) => number>(
  'long listxattr(const char *path, void *list, size_t size)',
);

/**
 * fsetxattr(2) refuses O_PATH descriptors; the link in /proc leads to the very same inode, and a symbolic link
 * that was opened with O_PATH | O_NOFOLLOW is not followed further.
 */
const through = (fd: number) => `/proc/self/fd/${fd}`;

export function setXattr(fd: number, name: string, value: Buffer): void {
  check(set(through(fd), name, value, value.length, 0), 'setxattr', name);
}

/** Throws ENODATA if there is no such attribute. */
export function getXattr(fd: number, name: string): Buffer {
  const size = check(get(through(fd), name, null, 0), 'getxattr', name);
  const value = Buffer.alloc(size);
  return value.subarray(0, check(get(through(fd), name, value, size), 'getxattr', name));
}

/** Names, sorted. */
export function listXattrs(fd: number): string[] {
  const size = check(list(through(fd), null, 0), 'listxattr');
  if (size === 0) return [];
  const names = Buffer.alloc(size);
  const used = check(list(through(fd), names, size), 'listxattr');
  return names.toString('utf8', 0, used).split('\0').filter(Boolean).sort();
}
