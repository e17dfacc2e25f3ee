/**
 * The first content of a volume. It is gathered beside its place, so that a crash meanwhile leaves the volume empty as it
 * was; once whole it is moved in name by name, and what a crash leaves of that the next start finishes.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, closeSync, fstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../core/errors.ts';
import { AT_FDCWD, cstring, O, openAt, renameNewAt, utimesAt } from '../kernel/path.ts';
import { removeTreeAt } from '../kernel/remove-tree.ts';
import { getXattr, listXattrs, setXattr } from '../kernel/xattr.ts';

/** Beside `_data`; random letters follow. */
const GATHERING = '_filling-';
const GATHERED = '_filled';

/** Fills the directory that it is given, and gives it its attributes. False: there is nothing to fill it with. */
export type Fill = (directory: string) => Promise<boolean>;

/** `place`: volumes/<name>, whose `_data` is no mount. */
export async function fillVolume(place: string, fill: Fill): Promise<void> {
  const gathering = join(place, `${GATHERING}${randomBytes(8).toString('hex')}`);
  mkdirSync(gathering);
  try {
    if (!(await fill(gathering))) return;
    renameSync(gathering, join(place, GATHERED));
    moveIn(place);
  } finally {
    await rm(gathering, { recursive: true, force: true });
  }
}

/** Brings to its end what an earlier daemon began. Returns directories that can go. */
export function settleFill(place: string): string[] {
  const names = readdirSync(place);
  if (names.includes(GATHERED)) moveIn(place);
  return names.filter((name) => name.startsWith(GATHERING)).map((name) => join(place, name));
}

/** What somebody has put there meanwhile stays: the volume is theirs. */
function moveIn(place: string): void {
  const from = openDirectory(join(place, GATHERED));
  const data = openDirectory(join(place, '_data'));
  try {
    for (const name of readdirSync(`/proc/self/fd/${from}`, { encoding: 'latin1' })) {
      try {
        renameNewAt(from, cstring(name), data, cstring(name));
      } catch (error) {
        ignoring('EEXIST')(error);
      }
    }
    copyAttributes(from, data);
  } finally {
    closeSync(from);
    closeSync(data);
  }
  const parent = openDirectory(place);
  try {
    removeTreeAt(parent, GATHERED);
  } finally {
    closeSync(parent);
  }
}

function copyAttributes(from: number, to: number): void {
  const { uid, gid, mode, mtimeNs } = fstatSync(from, { bigint: true });
  const through = `/proc/self/fd/${to}`;
  chownSync(through, Number(uid), Number(gid));
  chmodSync(through, Number(mode) & 0o7777);
  for (const name of listXattrs(from)) setXattr(to, name, getXattr(from, name));
  utimesAt(to, '.', mtimeNs);
}

const openDirectory = (path: string): number => openAt(AT_FDCWD, path, O.PATH | O.DIRECTORY | O.NOFOLLOW);
