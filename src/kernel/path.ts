/**
 * Paths that cannot lead astray: openat2(2) and the *at calls. Whoever handles names from an archive or a container
 * opens the parent with `openInRoot` and then names one last component, which none of these calls follows.
 */
import { closeSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { bind, check } from './libc.ts';

/** A string is sent as UTF-8; bytes (`cstring`) are sent as they are and must end in a NUL. */
export type PathName = string | Buffer;

type Path = Buffer;
const openat2 = bind<(nr: number, dir: number, path: Path, how: BigUint64Array, size: number) => number>(
  'long syscall(long number, long dirfd, const void *path, void *how, size_t size)',
);
const open = bind<(dir: number, path: Path, flags: number, mode: number) => number>(
  'int openat(int dirfd, const void *path, int flags, unsigned int mode)',
);
const mkdir = bind<(dir: number, path: Path, mode: number) => number>(
  'int mkdirat(int dirfd, const void *path, unsigned int mode)',
);
const unlink = bind<(dir: number, path: Path, flags: number) => number>(
  'int unlinkat(int dirfd, const void *path, int flags)',
);
const link = bind<(from: number, old: Path, to: number, path: Path, flags: number) => number>(
  'int linkat(int olddirfd, const void *oldpath, int newdirfd, const void *newpath, int flags)',
);
const symlink = bind<(target: Path, dir: number, path: Path) => number>(
  'int symlinkat(const void *target, int newdirfd, const void *linkpath)',
);
const readlink = bind<(dir: number, path: Path, target: Buffer, size: number) => number>(
  'long readlinkat(int dirfd, const void *path, void *buf, size_t bufsiz)',
);
const rename = bind<(from: number, old: Path, to: number, path: Path) => number>(
  'int renameat(int olddirfd, const void *oldpath, int newdirfd, const void *newpath)',
);
const renameNew = bind<(from: number, old: Path, to: number, path: Path, flags: number) => number>(
  'int renameat2(int olddirfd, const void *oldpath, int newdirfd, const void *newpath, unsigned int flags)',
);
const chown = bind<(dir: number, path: Path, uid: number, gid: number, flags: number) => number>(
  'int fchownat(int dirfd, const void *path, unsigned int owner, unsigned int group, int flags)',
);
const chmod = bind<(dir: number, path: Path, mode: number, flags: number) => number>(
  'int fchmodat(int dirfd, const void *path, unsigned int mode, int flags)',
);
const utimens = bind<(dir: number, path: Path, times: BigInt64Array, flags: number) => number>(
  'int utimensat(int dirfd, const void *path, const void *times, int flags)',
);
const futimens = bind<(fd: number, times: BigInt64Array) => number>(
  'int futimens(int fd, const void *times)',
);

/** open(2), values of x86-64 and arm64 alike unless said otherwise. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  CREAT: 0o100,
  EXCL: 0o200,
  DIRECTORY: process.arch === 'arm64' ? 0o40000 : 0o200000,
  NOFOLLOW: process.arch === 'arm64' ? 0o100000 : 0o400000,
  CLOEXEC: 0o2000000,
  NONBLOCK: 0o4000,
  PATH: 0o10000000,
} as const;

export const AT_FDCWD = -100;
/** limits.h; no path that goes through one system call is longer. */
const PATH_MAX = 4096;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const RENAME_NOREPLACE = 1;

/** The same number on every architecture (openat2(2) is younger than the common table). */
const SYS_OPENAT2 = 437;
/** openat2(2): `/` and `..` stop at the directory given, and no link of /proc leads out of it. */
const RESOLVE_IN_ROOT = 0x10;
const RESOLVE_NO_MAGICLINKS = 0x02;
/** struct open_how: flags, mode, resolve. Every call is over before the next, in each thread. */
const HOW = new BigUint64Array([0n, 0n, BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)]);

/** Bytes in latin1, one character each, as a C string: for names that need not be UTF-8. */
export function cstring(bytes: string): Buffer {
  return Buffer.from(`${bytes}\0`, 'latin1');
}

/** Opens `path` as if `root` were `/`. Symbolic links on the way are followed inside it, the last one unless NOFOLLOW. */
export function openInRoot(root: number, path: PathName, flags: number, mode = 0): number {
  HOW[0] = BigInt(flags | O.CLOEXEC);
  HOW[1] = BigInt(mode);
  return opened(() => openat2(SYS_OPENAT2, root, raw(path), HOW, HOW.byteLength), 'openat2', path);
}

const TRIES = 5;

/**
 * EAGAIN is no answer. openat2(2) gives it when something was renamed or mounted meanwhile: the caller may try again.
 * openat(2) never does, but what koffi calls errno may be what V8 left there in between.
 */
function opened(open: () => number, call: string, path: PathName): number {
  for (let tries = 1; ; tries++) {
    try {
      return check(open(), call, path);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN' || tries === TRIES) throw error;
    }
  }
}

/** Runs `operation` on a directory or file opened in `root`, and closes it. */
export function withOpenInRoot<T>(
  root: number,
  path: PathName,
  flags: number,
  operation: (fd: number) => T,
): T {
  const fd = openInRoot(root, path, flags);
  try {
    return operation(fd);
  } finally {
    closeSync(fd);
  }
}

export function openAt(dir: number, name: PathName, flags: number, mode = 0): number {
  return opened(() => open(dir, raw(name), flags | O.CLOEXEC, mode), 'openat', name);
}

export function mkdirAt(dir: number, name: PathName, mode: number): void {
  check(mkdir(dir, raw(name), mode), 'mkdirat', name);
}

export function unlinkAt(dir: number, name: PathName): void {
  check(unlink(dir, raw(name), 0), 'unlinkat', name);
}

export function rmdirAt(dir: number, name: PathName): void {
  check(unlink(dir, raw(name), AT_REMOVEDIR), 'unlinkat', name);
}

/** A second name for a file; a symbolic link is linked itself, not followed. */
export function linkAt(from: number, old: PathName, to: number, name: PathName): void {
  check(link(from, raw(old), to, raw(name), 0), 'linkat', name);
}

export function symlinkAt(target: PathName, dir: number, name: PathName): void {
  check(symlink(raw(target), dir, raw(name)), 'symlinkat', name);
}

/** Target of a symbolic link, as bytes in latin1. */
export function readlinkAt(dir: number, name: PathName): string {
  const target = Buffer.alloc(PATH_MAX);
  const length = check(readlink(dir, raw(name), target, target.length), 'readlinkat', name);
  return target.toString('latin1', 0, length);
}

export function renameAt(from: number, old: PathName, to: number, name: PathName): void {
  check(rename(from, raw(old), to, raw(name)), 'renameat', old);
}

/** Throws EEXIST, and moves nothing, if there is something of that name: renameat2(2). */
export function renameNewAt(from: number, old: PathName, to: number, name: PathName): void {
  check(renameNew(from, raw(old), to, raw(name), RENAME_NOREPLACE), 'renameat2', old);
}

/** The entry itself, never what a link points at. */
export function chownAt(dir: number, name: PathName, uid: number, gid: number): void {
  check(chown(dir, raw(name), uid, gid, AT_SYMLINK_NOFOLLOW), 'fchownat', name);
}

/** Follows a link (fchmodat(2) knows no other way): only for an entry that was just made and is none. */
export function chmodAt(dir: number, name: PathName, mode: number): void {
  check(chmod(dir, raw(name), mode, 0), 'fchmodat', name);
}

/** Sets access and modification time of the entry itself. `mtime`: nanoseconds since 1970. */
export function utimesAt(dir: number, name: PathName, mtime: bigint): void {
  check(utimens(dir, raw(name), timespecs(mtime), AT_SYMLINK_NOFOLLOW), 'utimensat', name);
}

export function utimesFd(fd: number, mtime: bigint): void {
  check(futimens(fd, timespecs(mtime)), 'futimens');
}

const BILLION = 1_000_000_000n;
/** Two struct timespec, of access and modification, for the last time that was set: neighbours often have the same. */
const TIMES = new BigInt64Array(4);
let lastTime = 0n;

function timespecs(nano: bigint): BigInt64Array {
  if (nano === lastTime) return TIMES;
  lastTime = nano;
  const rest = nano % BILLION;
  const below = rest < 0n ? rest + BILLION : rest;
  TIMES[0] = TIMES[2] = (nano - below) / BILLION;
  TIMES[1] = TIMES[3] = below;
  return TIMES;
}

function raw(path: PathName): Buffer {
  return typeof path === 'string' ? Buffer.from(`${path}\0`) : path;
}
