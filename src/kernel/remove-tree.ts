/** rm(1) -r by descriptors: no link on the way down is followed, even if the tree is changed meanwhile. */
import { closeSync, readdirSync } from 'node:fs';
import { errnoOf, ignoring } from '../core/errors.ts';
import { cstring, O, openAt, rmdirAt, unlinkAt } from './path.ts';

/** `name`: one component below the open directory `dir`, bytes in latin1; a directory or anything else. */
export function removeTreeAt(dir: number, name: string): void {
  try {
    unlinkAt(dir, cstring(name));
    return;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    // unlink(2): EISDIR is Linux's word, EPERM that of POSIX and of some file systems.
    if (errnoOf(error) !== 'EISDIR' && errnoOf(error) !== 'EPERM') throw error;
  }
  empty(dir, name);
  try {
    rmdirAt(dir, cstring(name));
  } catch (error) {
    ignoring('ENOENT')(error);
  }
}

function empty(dir: number, name: string): void {
  const fd = openAt(dir, cstring(name), O.PATH | O.DIRECTORY | O.NOFOLLOW);
  try {
    for (const child of readdirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1' })) removeTreeAt(fd, child);
  } finally {
    closeSync(fd);
  }
}
