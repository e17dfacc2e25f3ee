/**
 * Network namespaces: unshare(2), setns(2) and the bind mount that keeps one alive (network_namespaces(7)).
 * Both calls move the *calling thread*: never on the main thread, never on libuv's pool, whose threads other work shares.
 */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { internal } from '../core/errors.ts';
import { bind, check } from './libc.ts';
import { MS, mount, unmount } from './mount.ts';

const unshare = bind<(flags: number) => number>('int unshare(int flags)');
const setns = bind<(fd: number, type: number) => number>('int setns(int fd, int type)');
const gettid = bind<() => number>('int gettid()');

const CLONE_NEWNET = 0x40000000;

/** The namespace of the process's first thread, which never leaves it. Close it with closeSync. */
export function openHostNamespace(): number {
  return openSync(`/proc/${process.pid}/ns/net`, 'r');
}

/**
 * A new network namespace, kept by a bind mount on `path` (made here). `inside` runs in it: sockets opened there stay
 * in it. It must not wait and must not start threads.
 */
export function createNetworkNamespace<T>(path: string, home: number, inside: () => T): T {
  writeFileSync(path, '', { flag: 'wx', mode: 0o444 });
  try {
    return away(home, () => {
      check(unshare(CLONE_NEWNET), 'unshare', 'CLONE_NEWNET');
      mount(`/proc/self/task/${gettid()}/ns/net`, path, '', MS.BIND);
      return inside();
    });
  } catch (error) {
    removeNetworkNamespace(path);
    throw error;
  }
}

/** Runs `inside` in the namespace that `path` names. */
export function inNetworkNamespace<T>(path: string, home: number, inside: () => T): T {
  const fd = openSync(path, 'r');
  try {
    return away(home, () => {
      check(setns(fd, CLONE_NEWNET), 'setns', path);
      return inside();
    });
  } finally {
    closeSync(fd);
  }
}

/** Lets go of it: the kernel removes it, and the links in it, once no process and no socket is in it. Idempotent. */
export function removeNetworkNamespace(path: string): void {
  try {
    unmount(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'ENOENT') throw error;
  }
  rmSync(path, { force: true });
}

function away<T>(home: number, visit: () => T): T {
  if (isMainThread) throw internal('a network namespace was to be entered on the main thread');
  try {
    return visit();
  } finally {
    // A thread that cannot come home would do everything else in the wrong network: better no process at all.
    if (setns(home, CLONE_NEWNET) !== 0) process.abort();
  }
}
