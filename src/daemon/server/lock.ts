/**
 * One daemon to a data-root, and to an exec-root: an flock(2) on a file in it, which the kernel lets go of when the process ends, however
 * it ends. Runtimes that containers leave behind do not inherit it (Node opens files with O_CLOEXEC).
 */
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { conflict, errnoOf, ignoring } from '../../core/errors.ts';
import { flock, LOCK } from '../../kernel/lock.ts';

/** Throws `conflict` naming the process that holds it. Returns the undo. */
export function lockRoot(root: string): () => void {
  mkdirSync(root, { recursive: true, mode: 0o711 });
  const path = join(root, 'skiffd.lock');
  const fd = openSync(path, 'a+', 0o600);
  try {
    flock(fd, LOCK.EXCLUSIVE | LOCK.NONBLOCKING, path);
  } catch (error) {
    const holder = readFileSync(path, 'utf8').trim();
    closeSync(fd);
    if (errnoOf(error) !== 'EWOULDBLOCK' && errnoOf(error) !== 'EAGAIN') throw error;
    throw conflict(`another skiffd (process ${holder || 'unknown'}) is running on ${root}`);
  }
  nameHolder(fd, path);
  return () => closeSync(fd);
}

/** For whoever is refused: a daemon comes up on a full disk without it. */
function nameHolder(fd: number, path: string): void {
  truncateSync(path);
  try {
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    ignoring('ENOSPC', 'EDQUOT')(error);
  }
}
