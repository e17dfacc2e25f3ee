/** Processes named for good: a pid with its start time (proc(5)), and signals through a pidfd (pidfd_open(2)). */
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { bind, check } from './libc.ts';

const pidfdOpenSyscall = bind<(number: number, pid: number, flags: number) => number>(
  'long syscall(long number, int pid, uint flags)',
);
const pidfdSendSignalSyscall = bind<
  (number: number, fd: number, signal: number, info: null, flags: number) => number
>('long syscall(long number, int fd, int signal, void *info, uint flags)');

const exit = bind<(code: number) => number>('int _exit(int code)');

/** _exit(2): now, whatever the process's threads are at, and without what was to be done at its end. */
export function exitNow(code: number): void {
  exit(code);
}

/** Numbers common to all architectures since Linux 5.3 (syscalls(2)). */
const SYS_pidfd_send_signal = 424;
const SYS_pidfd_open = 434;

/** A pid alone may be given to another process later; together with its start time it is not. */
export interface ProcessName {
  pid: number;
  /** Field 22 of /proc/pid/stat, clock ticks after boot. */
  startTime: string;
}

export function nameProcess(pid: number): ProcessName | undefined {
  const stat = readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** True while the process runs; a zombie has ended. */
export function isAlive({ pid, startTime }: ProcessName): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/**
 * Sends `signal` to exactly this process. False if it is gone. The descriptor pins the process, so the name is
 * checked after it is open: no other process with the same pid can be hit.
 */
export function signalProcess(name: ProcessName, signal: number): boolean {
  let fd: number;
  try {
    fd = check(pidfdOpenSyscall(SYS_pidfd_open, name.pid, 0), 'pidfd_open', String(name.pid));
  } catch (error) {
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EINVAL') return false;
    throw error;
  }
  try {
    if (readStat(name.pid)?.startTime !== name.startTime) return false;
    check(pidfdSendSignalSyscall(SYS_pidfd_send_signal, fd, signal, null, 0), 'pidfd_send_signal');
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** SIGKILL to a pid that the caller has just read from a control group; one that is gone is no error. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** The first process whose command line is the wanted one. Reads all of /proc: for rare occasions. */
export function findProcess(isWanted: (argv: string[]) => boolean): ProcessName | undefined {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || !isWanted(readArgv(entry))) continue;
    const name = nameProcess(Number(entry));
    if (name && isWanted(readArgv(entry))) return name;
  }
  return undefined;
}

function readArgv(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** The command may hold spaces and parentheses: fields are counted from the last `)`. */
function readStat(pid: number): { state: string; startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}
