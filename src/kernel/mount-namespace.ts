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
import { AT_FDCWD, O } from './path.ts';

const unshare = bind<(flags: number) => number>('int unshare(int flags)');
const setns = bind<(fd: number, type: number) => number>('int setns(int fd, int type)');
const gettid = bind<() => number>('int gettid()');
const fchdir = bind<(fd: number) => number>('int fchdir(int fd)');
const pivotRoot = bind<(nr: number, newRoot: string, putOld: string) => number>(
  'long syscall(long number, const char *new_root, const char *put_old)',
);

const openTree = bind<(nr: number, dirfd: number, path: string, flags: number) => number>(
  'long syscall(long number, int dirfd, const char *path, uint flags)',
);

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const OPEN_TREE_CLONE = 1;
/** The same on all architectures. */
const SYS_OPEN_TREE = 428;
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
  let root = -1;
  let namespace = -1;
  try {
    elsewhere(enterFresh, () => {
      const furnish = mountRoot();
      root = openSync(place, O.PATH | O.DIRECTORY);
      furnish(root);
      namespace = openSync(`/proc/self/task/${gettid()}/ns/mnt`, 'r');
      leaveOnly(root);
    });
  } catch (error) {
    for (const fd of [root, namespace]) if (fd >= 0) closeSync(fd);
    throw error;
  }
  const close = () => {
    closeSync(root);
    closeSync(namespace);
  };
  return { root, close };
}

/**
 * The file system that is the root of another mount namespace, without what is mounted in it: mount points are the
 * directories that they cover (open_tree(2), without AT_RECURSIVE). O_PATH; closing it unmounts nothing of theirs.
 */
export function openRootAlone(namespace: number): number {
  return elsewhere(
    () => check(setns(namespace, CLONE_NEWNS), 'setns', 'mnt'),
    () => check(openTree(SYS_OPEN_TREE, AT_FDCWD, '/', OPEN_TREE_CLONE | O.CLOEXEC), 'open_tree', '/'),
  );
}

function enterFresh(): void {
  check(unshare(CLONE_NEWNS), 'unshare', 'CLONE_NEWNS');
  mount('none', '/', '', MS.REC | MS.PRIVATE);
}

/** Runs `work` where `enter` leads to, and comes home. */
function elsewhere<T>(enter: () => void, work: () => T): T {
  if (isMainThread) throw internal('a mount namespace was to be entered on the main thread');
  const home = openSync(`/proc/${process.pid}/ns/mnt`, 'r');
  try {
    // setns(2): only a thread that shares its root and working directory with no other may go.
    check(unshare(CLONE_FS), 'unshare', 'CLONE_FS');
    try {
      enter();
      return work();
    } finally {
      // A thread that cannot come home would read and write in the wrong tree: better no process at all.
      if (setns(home, CLONE_NEWNS) !== 0) process.abort();
    }
  } finally {
    closeSync(home);
  }
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
