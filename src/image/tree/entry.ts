/**
 * One name in a directory, opened (O_PATH) without following anything, and what there is to know of it. Whatever is
 * done with it afterwards is done by descriptor: the tree may belong to a running container that changes it meanwhile.
 * Names are bytes, one latin1 character each.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { type FileKind, fileKind, majorOf, minorOf } from '../../kernel/node.ts';
import { cstring, O, openAt } from '../../kernel/path.ts';
import { getXattr, listXattrs } from '../../kernel/xattr.ts';

export interface TreeEntry {
  readonly fd: number;
  readonly kind: FileKind;
  readonly stat: BigIntStats;
}

/** Undefined if it is not there. Close it with `closeEntry`. */
export function openEntry(dir: number, name: string): TreeEntry | undefined {
  try {
    return describe(openAt(dir, cstring(name), O.PATH | O.NOFOLLOW));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes over the descriptor. */
export function describe(fd: number): TreeEntry {
  const stat = fstatSync(fd, { bigint: true });
  return { fd, stat, kind: fileKind(stat.mode) };
}

export function closeEntry({ fd }: TreeEntry): void {
  closeSync(fd);
}

export function withEntry<T>(dir: number, name: string, operation: (entry: TreeEntry) => T): T | undefined {
  const entry = openEntry(dir, name);
  if (!entry) return undefined;
  try {
    return operation(entry);
  } finally {
    closeEntry(entry);
  }
}

/** In the order of their bytes. */
export function namesIn({ fd }: TreeEntry): string[] {
  return readdirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1' }).sort((a, b) => (a < b ? -1 : 1));
}

/** A descriptor to read a regular file by. The link in /proc leads to the very file that was looked at. */
export function openForReading({ fd }: TreeEntry): number {
  return openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
}

export function deviceOf({ stat }: TreeEntry): { major: number; minor: number } {
  const device = Number(stat.rdev);
  return { major: majorOf(device), minor: minorOf(device) };
}

/** overlayfs.rst, "whiteouts and opaque directories": a character device 0:0. */
export function isWhiteout({ kind, stat }: TreeEntry): boolean {
  return kind === 'character' && stat.rdev === 0n;
}

/** Attributes by name, without those for which `isLeftOut`. What vanishes meanwhile is left out, too. */
export function xattrsOf({ fd }: TreeEntry, isLeftOut: (name: string) => boolean): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  for (const name of namesOfXattrs(fd)) {
    if (isLeftOut(name)) continue;
    try {
      values.set(name, getXattr(fd, name));
    } catch (error) {
      if (errnoOf(error) !== 'ENODATA') throw error;
    }
  }
  return values;
}

/** Some file systems (proc) have none. */
function namesOfXattrs(fd: number): string[] {
  try {
    return listXattrs(fd);
  } catch (error) {
    if (errnoOf(error) === 'ENOTSUP' || errnoOf(error) === 'EOPNOTSUPP') return [];
    throw error;
  }
}
