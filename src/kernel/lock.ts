/** flock(2): a lock on an open file, gone with the process that holds it. */
import { bind, check } from './libc.ts';

const flock2 = bind<(fd: number, operation: number) => number>('int flock(int fd, int operation)');

/** linux/fcntl.h */
export const LOCK = { EXCLUSIVE: 2, NONBLOCKING: 4 } as const;

/** Throws EAGAIN with `NONBLOCKING` if somebody else holds it. */
export function flock(fd: number, operation: number, subject: string): void {
  check(flock2(fd, operation), 'flock', subject);
}
