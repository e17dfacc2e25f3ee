/** flock(2): one process at a time, and nothing to clean up if it dies. Waits in the thread that calls it: for workers. */
import { closeSync, openSync } from 'node:fs';
import { bind, check } from './libc.ts';

const flock = bind<(fd: number, operation: number) => number>('int flock(int fd, int operation)');

const LOCK_EX = 2;

/** Of a file or directory that exists. Returns the undo. */
export function lockFile(path: string): () => void {
  const fd = openSync(path, 'r');
  try {
    check(flock(fd, LOCK_EX), 'flock', path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return () => closeSync(fd);
}
