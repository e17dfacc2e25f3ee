/**
 * posix_spawn(3) and the reaping of what it started. Node's own spawn forks, which blocks the event loop for longer
 * the more memory the process has; this costs the same 0.1–0.2 ms at any size. Only children started or adopted here are
 * ever waited for, so that Node's child processes keep their exit codes.
 */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { duplicate } from './duplicate.ts';
import { bind, check, systemError } from './libc.ts';

const posixSpawn = koffi
  .load('libc.so.6')
  .func(
    'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attr, const char **argv, const char **envp)',
  );
const actionsInit = bind<(actions: Buffer) => number>('int posix_spawn_file_actions_init(void *actions)');
const actionsDestroy = bind<(actions: Buffer) => number>(
  'int posix_spawn_file_actions_destroy(void *actions)',
);
const addDup2 = bind<(actions: Buffer, from: number, to: number) => number>(
  'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)',
);
const addChdir = bind<(actions: Buffer, path: string) => number>(
  'int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)',
);
/** glibc 2.34. */
const addCloseFrom = bind<(actions: Buffer, from: number) => number>(
  'int posix_spawn_file_actions_addclosefrom_np(void *actions, int from)',
);
const attrInit = bind<(attr: Buffer) => number>('int posix_spawnattr_init(void *attr)');
const attrSetFlags = bind<(attr: Buffer, flags: number) => number>(
  'int posix_spawnattr_setflags(void *attr, short flags)',
);
const attrSetSigDefault = bind<(attr: Buffer, set: Buffer) => number>(
  'int posix_spawnattr_setsigdefault(void *attr, void *set)',
);
const attrSetSigMask = bind<(attr: Buffer, set: Buffer) => number>(
  'int posix_spawnattr_setsigmask(void *attr, void *set)',
);
const pipe2 = bind<(fds: Int32Array, flags: number) => number>('int pipe2(void *fds, int flags)');
const waitpid = bind<(pid: number, status: Int32Array, options: number) => number>(
  'int waitpid(int pid, void *status, int options)',
);
const waitid = bind<(type: number, id: number, info: Int32Array, options: number) => number>(
  'int waitid(int type, uint id, void *info, int options)',
);

/** Sizes of the opaque types in glibc's <spawn.h> and <signal.h> (x86-64: 80, 336 and 128), with room to spare. */
const ACTIONS_SIZE = 128;
const ATTR_SIZE = 512;
const SIGSET_SIZE = 128;
/** <spawn.h>: POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK. */
const SETSIGDEF_SETSIGMASK = 0x04 | 0x08;
const O_CLOEXEC = 0o2000000;
const WNOHANG = 1;
/** waitid(2): of all children, one that has ended, left as it is. */
const P_ALL = 0;
const WEXITED_WNOHANG_WNOWAIT = 4 | WNOHANG | 0x01000000;
/** siginfo_t is 128 bytes; on 64-bit machines `si_pid` is at byte 16 of it. */
const SIGINFO_WORDS = 32;
const SI_PID_WORD = 4;
const KEEP_ALIVE_MS = 0x7fffffff;

export interface SpawnRequest {
  /** Absolute path of the program. */
  path: string;
  /** With `argv[0]`. */
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Descriptor n of the child is a copy of `fds[n]`; everything else is closed. Absent: /dev/null. */
  fds: readonly (number | undefined)[];
  cwd?: string;
}

export interface Child {
  readonly pid: number;
  /** 0–255, or 128 + n when signal n ended it. */
  readonly exited: Promise<number>;
  /** SIGKILL, unless it has been reaped: then its pid may be somebody else's. */
  kill(): void;
}

/** A pipe, both ends close-on-exec. Owned by the caller: close both. */
export function pipe(): { read: number; write: number } {
  const fds = new Int32Array(2);
  check(pipe2(fds, O_CLOEXEC), 'pipe2');
  return { read: fds[0] ?? -1, write: fds[1] ?? -1 };
}

/** Starts programs and reaps them on SIGCHLD. One per process is enough; `close` stops reaping. */
export class Children {
  readonly #alive = new Map<number, (code: number) => void>();
  readonly #attr = makeAttributes();
  #devNull = openSync('/dev/null', 'r+');
  readonly #reap = () => this.#reapEnded();
  #keepAlive: NodeJS.Timeout | undefined;

  constructor() {
    process.on('SIGCHLD', this.#reap);
  }

  /** Throws the system error of posix_spawn (`ENOENT` …); then nothing was started. */
  spawn(request: SpawnRequest): Child {
    return this.#await(this.#spawn(request));
  }

  /** An orphan that has become a child of this process (subreaper.ts), running or ended. Undefined: it is none. */
  adopt(pid: number): Child | undefined {
    const status = new Int32Array(1);
    const ended = waitpid(pid, status, WNOHANG);
    if (ended === pid) return { pid, exited: Promise.resolve(exitCode(status[0] ?? 0)), kill: () => {} };
    return ended === 0 ? this.#await(pid) : undefined;
  }

  close(): void {
    process.off('SIGCHLD', this.#reap);
    clearInterval(this.#keepAlive);
    if (this.#devNull >= 0) closeSync(this.#devNull);
    this.#devNull = -1;
  }

  #await(pid: number): Child {
    const { promise: exited, resolve } = Promise.withResolvers<number>();
    this.#alive.set(pid, resolve);
    // A signal listener does not keep Node's event loop alive, a timer does.
    this.#keepAlive ??= setInterval(this.#reap, KEEP_ALIVE_MS);
    return { pid, exited, kill: () => this.#alive.has(pid) && process.kill(pid, 'SIGKILL') };
  }

  #spawn({ path, argv, env, fds, cwd }: SpawnRequest): number {
    const actions = Buffer.alloc(ACTIONS_SIZE);
    const lifted: number[] = [];
    actionsInit(actions);
    try {
      if (cwd !== undefined) addChdir(actions, cwd);
      fds.forEach((fd, target) => {
        addDup2(actions, this.#clearOf(fd ?? this.#devNull, fds.length, lifted), target);
      });
      addCloseFrom(actions, fds.length);
      const pid = [0];
      const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const errno = posixSpawn(pid, path, actions, this.#attr, [...argv, null], [...environment, null]);
      if (errno !== 0) throw systemError('posix_spawn', errno, path);
      return pid[0] ?? -1;
    } finally {
      actionsDestroy(actions);
      lifted.forEach(closeSync);
    }
  }

  /** The copies are made one after the other: a source that lies among the targets would be overwritten. */
  #clearOf(fd: number, targets: number, lifted: number[]): number {
    if (fd >= targets) return fd;
    const copy = duplicate(fd, targets);
    lifted.push(copy);
    return copy;
  }

  /**
   * Signals of children that end together come as one. The kernel names an ended child without reaping it: if it is
   * ours it is reaped, and the next is asked for; behind somebody else's child ours are looked for one by one.
   */
  #reapEnded(): void {
    for (let pid = endedChild(); pid !== 0; pid = endedChild()) {
      if (this.#reapOne(pid)) continue;
      for (const ours of this.#alive.keys()) this.#reapOne(ours);
      break;
    }
    if (this.#alive.size > 0) return;
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }

  #reapOne(pid: number): boolean {
    const resolve = this.#alive.get(pid);
    const status = new Int32Array(1);
    if (resolve === undefined || waitpid(pid, status, WNOHANG) !== pid) return false;
    this.#alive.delete(pid);
    resolve(exitCode(status[0] ?? 0));
    return true;
  }
}

/** 0 if none has ended. */
function endedChild(): number {
  const info = new Int32Array(SIGINFO_WORDS);
  return waitid(P_ALL, 0, info, WEXITED_WNOHANG_WNOWAIT) === 0 ? (info[SI_PID_WORD] ?? 0) : 0;
}

/** Node ignores SIGPIPE, and a child would inherit that: all signals at their default, none blocked. */
function makeAttributes(): Buffer {
  const attr = Buffer.alloc(ATTR_SIZE);
  attrInit(attr);
  attrSetFlags(attr, SETSIGDEF_SETSIGMASK);
  attrSetSigDefault(attr, Buffer.alloc(SIGSET_SIZE, 0xff));
  attrSetSigMask(attr, Buffer.alloc(SIGSET_SIZE));
  return attr;
}

/** wait(2), "WIFEXITED" and the following. */
function exitCode(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
