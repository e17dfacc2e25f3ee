/** Makes one file, link, device or directory like another: content, owner, permissions, attributes, times. */
import { closeSync, fchmodSync, fchownSync, writeSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { majorOf, minorOf, mknodAt, S } from '../../../kernel/node.ts';
import {
  chmodAt,
  chownAt,
  cstring,
  linkAt,
  mkdirAt,
  O,
  openAt,
  symlinkAt,
  unlinkAt,
  utimesAt,
  utimesFd,
} from '../../../kernel/path.ts';
import { getXattr, listXattrs, setXattr } from '../../../kernel/xattr.ts';
import { splitName } from '../../layer/safe-path.ts';
import type { ModeChange } from './chmod.ts';
import {
  type Check,
  contentOf,
  type Entry,
  readLink,
  toText,
  using,
  withEntry,
  withTarget,
} from './entry.ts';

export interface Owner {
  uid: number;
  gid: number;
}

export interface Placement {
  /** The directory that everything goes below. */
  target: number;
  /** Undefined: the source's. */
  owner: Owner | undefined;
  mode: ModeChange | undefined;
  /** Paths below the source that are left out. */
  skips: (path: string) => boolean;
  /** Where below the target the first name of a file with several went, by inode: the others are linked to it. */
  links: Map<string, string>;
  check: Check;
}

/** A name in an open directory. */
export interface At {
  dir: number;
  name: string;
}

/** The same, with its path below the target. */
export interface Place extends At {
  path: string;
}

/** `from` is needed for symbolic links only. Replaces what is there, unless that is a directory. */
export function placeEntry(entry: Entry, from: At, to: Place, placement: Placement): void {
  placement.check();
  clear(to);
  if (entry.kind === 'file') {
    placeFile(entry, to, placement);
    return;
  }
  const name = cstring(to.name);
  if (entry.kind === 'symlink') symlinkAt(cstring(readLink(from.dir, from.name)), to.dir, name);
  else if ((entry.mode & S.IFMT) === S.IFSOCK) return;
  else makeNode(entry, to);
  const { uid, gid } = ownerOf(entry, placement);
  chownAt(to.dir, name, uid, gid);
  if (entry.kind !== 'symlink') chmodAt(to.dir, name, modeOf(entry, placement));
  utimesAt(to.dir, name, entry.stat.mtimeNs);
}

/** Merges with a directory that is there. Returns what sets its owner, mode and times, for when it is filled. */
export function placeDirectory(entry: Entry, to: At, placement: Placement): () => void {
  const name = cstring(to.name);
  try {
    mkdirAt(to.dir, name, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    const isDirectory = withEntry(to.dir, to.name, ({ kind }) => kind === 'directory');
    if (!isDirectory) throw invalidArgument(`cannot copy to non-directory: ${toText(to.name)}`);
  }
  return () => {
    const { uid, gid } = ownerOf(entry, placement);
    chownAt(to.dir, name, uid, gid);
    chmodAt(to.dir, name, modeOf(entry, placement));
    using(openAt(to.dir, name, O.PATH | O.NOFOLLOW), (fd) => copyXattrs(entry, fd));
    utimesAt(to.dir, name, entry.stat.mtimeNs);
  };
}

function placeFile(entry: Entry, to: Place, placement: Placement): void {
  if (entry.stat.nlink > 1n && linkToFirst(entry, to, placement)) return;
  const fd = openAt(to.dir, cstring(to.name), O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
  try {
    for (const chunk of contentOf(entry, placement.check)) writeWhole(fd, chunk);
    const { uid, gid } = ownerOf(entry, placement);
    fchownSync(fd, uid, gid);
    fchmodSync(fd, modeOf(entry, placement));
    copyXattrs(entry, fd);
    utimesFd(fd, entry.stat.mtimeNs);
  } finally {
    closeSync(fd);
  }
}

function makeNode({ mode, stat }: Entry, { dir, name }: Place): void {
  const device = Number(stat.rdev);
  mknodAt(dir, cstring(name), (mode & S.IFMT) | 0o600, majorOf(device), minorOf(device));
}

/** False if this is the first of its names. */
function linkToFirst(entry: Entry, to: Place, { links, target }: Placement): boolean {
  const inode = `${entry.stat.dev}:${entry.stat.ino}`;
  const first = links.get(inode);
  if (first === undefined) {
    links.set(inode, to.path);
    return false;
  }
  const { parent, base } = splitName(first);
  withTarget(target, parent, ({ fd }) => linkAt(fd, cstring(base), to.dir, cstring(to.name)));
  return true;
}

function writeWhole(fd: number, chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
}

function clear({ dir, name }: At): void {
  try {
    unlinkAt(dir, cstring(name));
  } catch (error) {
    if (errnoOf(error) === 'EISDIR')
      throw invalidArgument(`cannot replace to directory ${toText(name)} with file`);
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function ownerOf({ stat }: Entry, { owner }: Placement): Owner {
  return owner ?? { uid: Number(stat.uid), gid: Number(stat.gid) };
}

function modeOf(entry: Entry, { mode }: Placement): number {
  const bits = entry.mode & 0o7777;
  return mode === undefined ? bits : mode(bits, entry.kind === 'directory');
}

/** What the file system there cannot hold is left out, as Docker does. */
function copyXattrs(entry: Entry, fd: number): void {
  for (const name of listXattrs(entry.fd)) {
    try {
      setXattr(fd, name, getXattr(entry.fd, name));
    } catch (error) {
      if (!['ENOTSUP', 'EOPNOTSUPP', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    }
  }
}
