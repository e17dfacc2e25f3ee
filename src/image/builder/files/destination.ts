/** Where a COPY or ADD puts things: opened inside the stage's root, made if it is missing. */
import { closeSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { chownAt, cstring, mkdirAt, O, openInRoot } from '../../../kernel/path.ts';
import { join, readLink, toBytes, toText, withDirectory, withEntry, withTarget } from './entry.ts';
import type { Owner } from './place.ts';

export interface Destination {
  /** The stage's root filesystem on the host. */
  root: string;
  /** Inside it, absolute. */
  path: string;
  /** It ends with a slash, or is `.`: never a file. */
  isDirectory: boolean;
}

export interface Wanted {
  /** In bytes. */
  name: string;
  isDirectory: boolean;
  /** Directories below the destination that are made too. */
  below: string;
  owner: Owner;
}

export interface Target {
  /** The directory that receives: the source's content, or the file called `name`. */
  fd: number;
  name: string;
  close(): void;
}

export function openDestination(destination: Destination, wanted: Wanted): Target {
  return withDirectory(destination.root, (root) => {
    const path = toBytes(destination.path).replace(/^\/+|\/+$/g, '');
    const whole = wanted.below === '' ? path : join(path, wanted.below);
    const directory = wanted.isDirectory || destination.isDirectory || isDirectory(root, whole);
    const { parent, base } = directory ? { parent: whole, base: wanted.name } : split(followed(root, whole));
    const fd = makeDirectories(root, parent, wanted.owner);
    return { fd, name: base, close: () => closeSync(fd) };
  });
}

/**
 * Opens a directory below `root`, making what is missing on the way: 0755, of the owner given. Throws
 * `invalid-argument` if something else is in the way.
 */
export function makeDirectories(root: number, path: string, owner: Owner): number {
  return makeBelow({ root, owner, hops: 0 }, path);
}

interface Making {
  root: number;
  owner: Owner;
  /** Links to what is not there that were followed. */
  hops: number;
}

function makeBelow(making: Making, path: string): number {
  let open = openDirectory(making.root, '.');
  let sofar = '';
  for (const part of path.split('/').filter((name) => name !== '' && name !== '.')) {
    sofar = join(sofar, part);
    const parent = open;
    try {
      open = openOrMake(making, parent, sofar, part);
    } finally {
      closeSync(parent);
    }
  }
  return open;
}

function openOrMake(making: Making, parent: number, path: string, name: string): number {
  const { root, owner } = making;
  try {
    return openDirectory(root, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') throw invalidArgument(`cannot copy to non-directory: /${toText(path)}`);
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const target = linkIn(parent, name);
  if (target !== undefined) return makeTarget(making, path, target);
  mkdirAt(parent, cstring(name), 0o755);
  chownAt(parent, cstring(name), owner.uid, owner.gid);
  return openDirectory(root, path);
}

/** As many links in a row as the kernel follows (path_resolution(7)). */
const HOPS_MAX = 40;

/** Where the link leads is made, inside the root. `path` was opened as far as its last component. */
function makeTarget(making: Making, path: string, target: string): number {
  if (making.hops >= HOPS_MAX) throw invalidArgument(`too many levels of symbolic links: /${toText(path)}`);
  return makeBelow({ ...making, hops: making.hops + 1 }, besides(path, target));
}

/** A file is written where a link at its place leads to, as cp(1) does; inside the root. */
function followed(root: number, path: string, hops = 0): string {
  const { parent, base } = split(path);
  const target = withParent(root, parent, (fd) => linkIn(fd, base));
  if (target === undefined) return path;
  if (hops >= HOPS_MAX) throw invalidArgument(`too many levels of symbolic links: /${toText(path)}`);
  return followed(root, besides(path, target), hops + 1);
}

function withParent<T>(root: number, path: string, operation: (fd: number) => T): T | undefined {
  try {
    return withTarget(root, path, ({ fd, kind }) => (kind === 'directory' ? operation(fd) : undefined));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Target of the link of that name; undefined if there is none. */
function linkIn(directory: number, name: string): string | undefined {
  try {
    return withEntry(directory, name, ({ kind }) =>
      kind === 'symlink' ? readLink(directory, name) : undefined,
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** `..` stays in it: only the kernel knows what is above a directory that was reached through links. */
function besides(path: string, target: string): string {
  const name = target.replace(/\/+$/, '');
  return target.startsWith('/') ? name.replace(/^\/+/, '') : join(split(path).parent, name);
}

function openDirectory(root: number, path: string): number {
  return openInRoot(root, cstring(path), O.PATH | O.DIRECTORY);
}

function isDirectory(root: number, path: string): boolean {
  try {
    return withTarget(root, path, ({ kind }) => kind === 'directory');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

function split(path: string): { parent: string; base: string } {
  const slash = path.lastIndexOf('/');
  return { parent: path.slice(0, Math.max(slash, 0)), base: path.slice(slash + 1) };
}
