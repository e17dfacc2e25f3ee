/**
 * Walks a tree that somebody else may be changing, by descriptors: no name in it is followed, a directory that turns
 * into a link meanwhile is not entered. Order: parents first, names as bytes ascending, so that equal trees give equal
 * archives.
 */
import { type BigIntStats, closeSync, fstatSync, readdirSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { cstring, O, openAt } from '../../kernel/path.ts';

export interface Found {
  /** Below the tree's root, bytes in latin1; `` for the root itself. */
  path: string;
  name: string;
  /** The directory it is in, open while the visitor runs. */
  parent: number;
  /** The entry itself, opened O_PATH | O_NOFOLLOW; open while the visitor runs. */
  fd: number;
  stat: BigIntStats;
}

export type Visitor = (found: Found) => void;

/** `root`: a descriptor of the tree's root. What vanishes while it is looked at is left out. */
export function walkTree(root: number, visit: Visitor): void {
  visit({ path: '', name: '.', parent: root, fd: root, stat: fstatSync(root, { bigint: true }) });
  walkDirectory(root, '', visit);
}

function walkDirectory(dir: number, path: string, visit: Visitor): void {
  const names = readdirSync(`/proc/self/fd/${dir}`, { encoding: 'latin1' }).sort();
  for (const name of names) walkEntry(dir, name, path === '' ? name : `${path}/${name}`, visit);
}

function walkEntry(dir: number, name: string, path: string, visit: Visitor): void {
  const fd = openIfThere(dir, name, O.PATH | O.NOFOLLOW);
  if (fd === undefined) return;
  let isDirectory: boolean;
  try {
    const stat = fstatSync(fd, { bigint: true });
    isDirectory = stat.isDirectory();
    visit({ path, name, parent: dir, fd, stat });
  } finally {
    closeSync(fd);
  }
  if (isDirectory) enterDirectory(dir, name, path, visit);
}

function enterDirectory(dir: number, name: string, path: string, visit: Visitor): void {
  const fd = openIfThere(dir, name, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  if (fd === undefined) return;
  try {
    walkDirectory(fd, path, visit);
  } finally {
    closeSync(fd);
  }
}

/** Undefined if it is gone, or has become something else. */
export function openIfThere(dir: number, name: string, flags: number): number | undefined {
  try {
    return openAt(dir, cstring(name), flags);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
