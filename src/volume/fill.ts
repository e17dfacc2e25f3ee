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
import { openSubpath } from './subpath.ts';

/** Beside `_data`; random letters follow. */
const GATHERING = '_filling-';
/** `-` and the place inside the volume follow, if that is what is filled. */
const GATHERED = '_filled';

/** Fills the directory that it is given, and gives it its attributes. False: there is nothing to fill it with. */
export type Fill = (directory: string) => Promise<boolean>;

/** `place`: volumes/<name>, whose `_data` is no mount. `subpath`: the directory in it that is filled; '' is all of it. */
export async function fillVolume(place: string, subpath: string, fill: Fill): Promise<void> {
  const gathered = gatheredName(subpath);
  const gathering = join(place, `${GATHERING}${randomBytes(8).toString('hex')}`);
  mkdirSync(gathering);
  try {
    if (!(await fill(gathering))) return;
    renameSync(gathering, join(place, gathered));
    moveIn(place, gathered);
  } finally {
    await rm(gathering, { recursive: true, force: true });
  }
}

/** Brings to its end what an earlier daemon began. Returns directories that can go. */
export function settleFill(place: string): string[] {
  const names = readdirSync(place);
  for (const name of names) if (name === GATHERED || name.startsWith(`${GATHERED}-`)) moveIn(place, name);
  return names.filter((name) => name.startsWith(GATHERING)).map((name) => join(place, name));
}

/** As long as a file's name can be: a place inside a volume of 180 letters. */
const gatheredName = (subpath: string): string =>
  subpath ? `${GATHERED}-${Buffer.from(subpath).toString('base64url')}` : GATHERED;

const subpathOf = (gathered: string): string =>
  Buffer.from(gathered.slice(GATHERED.length + 1), 'base64url').toString();

function moveIn(place: string, gathered: string): void {
  using(openDirectory(join(place, gathered)), (from) =>
    using(openSubpath(join(place, '_data'), subpathOf(gathered) || '.', 'volume'), (data) => {
      moveEntries(from, data);
      copyAttributes(from, data);
    }),
  );
  using(openDirectory(place), (parent) => removeTreeAt(parent, gathered));
}

/** What somebody has put there meanwhile stays: the volume is theirs. */
function moveEntries(from: number, to: number): void {
  for (const name of readdirSync(`/proc/self/fd/${from}`, { encoding: 'latin1' })) {
    try {
      renameNewAt(from, cstring(name), to, cstring(name));
    } catch (error) {
      ignoring('EEXIST')(error);
    }
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

function using(fd: number, use: (fd: number) => void): void {
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
