/**
 * One daemon to a data-root: an flock(2) on a file in it, which the kernel lets go of when the process ends, however
 * it ends. Runtimes that containers leave behind do not inherit it (Node opens files with O_CLOEXEC).
 */
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { conflict, errnoOf } from '../../core/errors.ts';
import { flock, LOCK } from '../../kernel/lock.ts';

/** Throws `conflict` naming the process that holds it. Returns the undo. */
export function lockDataRoot(dataRoot: string): () => void {
  const path = join(dataRoot, 'skiffd.lock');
  const fd = openSync(path, 'a+', 0o600);
  try {
    flock(fd, LOCK.EXCLUSIVE | LOCK.NONBLOCKING, path);
  } catch (error) {
    const holder = readFileSync(path, 'utf8').trim();
    closeSync(fd);
    if (errnoOf(error) !== 'EWOULDBLOCK' && errnoOf(error) !== 'EAGAIN') throw error;
    throw conflict(`another skiffd (process ${holder || 'unknown'}) is running on ${dataRoot}`);
  }
  truncateSync(path);
  writeSync(fd, `${process.pid}\n`);
  return () => closeSync(fd);
}
