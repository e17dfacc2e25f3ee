/**
 * A mount namespace for one purpose (mount_namespaces(7)): nothing mounted in it is seen elsewhere, and it is gone,
 * with all its mounts, when its last descriptor is closed, be it by a crash. unshare(2) and setns(2) move the calling
 * thread only: worker threads, never the main one.
 */
import { closeSync, openSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { errnoOf, internal } from '../core/errors.ts';
import { bind, check } from './libc.ts';
import { MS, mount, unmount } from './mount.ts';
import { O } from './path.ts';

const unshare = bind<(flags: number) => number>('int unshare(int flags)');
const setns = bind<(fd: number, type: number) => number>('int setns(int fd, int type)');
const gettid = bind<() => number>('int gettid()');
const fchdir = bind<(fd: number) => number>('int fchdir(int fd)');
const pivotRoot = bind<(nr: number, newRoot: string, putOld: string) => number>(
  'long syscall(long number, const char *new_root, const char *put_old)',
);

const CLONE_NEWNS = 0x20000;
/** asm/unistd.h; the one system call here whose number depends on the architecture. */
const SYS_PIVOT_ROOT = process.arch === 'arm64' ? 41 : 155;

/** A tree of mounts that nobody else sees. */
export interface MountView {
  /** Its root directory, O_PATH. */
  readonly root: number;
  /** Unmounts everything. */
  close(): void;
}

/**
 * `mountRoot` mounts the root of the view on the directory `place`, which stays as it is for everybody else, and
 * returns what is to be done in it; that gets a descriptor of the root. Only the view remains in the namespace, so
 * that nothing else of the host is kept busy by it.
 */
export function createMountView(place: string, mountRoot: () => (root: number) => void): MountView {
  if (isMainThread) throw internal('a mount namespace was to be entered on the main thread');
  const home = openSync(`/proc/${process.pid}/ns/mnt`, 'r');
  let root = -1;
  let namespace = -1;
  try {
    check(unshare(CLONE_NEWNS), 'unshare', 'CLONE_NEWNS');
    try {
      mount('none', '/', '', MS.REC | MS.PRIVATE);
      const furnish = mountRoot();
      root = openSync(place, O.PATH | O.DIRECTORY);
      furnish(root);
      namespace = openSync(`/proc/self/task/${gettid()}/ns/mnt`, 'r');
      leaveOnly(root);
    } finally {
      // A thread that cannot come home would read and write in the wrong tree: better no process at all.
      if (setns(home, CLONE_NEWNS) !== 0) process.abort();
    }
  } catch (error) {
    for (const fd of [root, namespace]) if (fd >= 0) closeSync(fd);
    throw error;
  } finally {
    closeSync(home);
  }
  const close = () => {
    closeSync(root);
    closeSync(namespace);
  };
  return { root, close };
}

/** pivot_root(2), NOTES: with both names ".", the old root lies on top of the new one and is unmounted there. */
function leaveOnly(root: number): void {
  try {
    check(fchdir(root), 'fchdir');
    check(pivotRoot(SYS_PIVOT_ROOT, '.', '.'), 'pivot_root');
  } catch (error) {
    // The old root is the initial ramfs, which cannot be moved: the view works all the same.
    if (errnoOf(error) === 'EINVAL') return;
    throw error;
  }
  unmount('.');
}
