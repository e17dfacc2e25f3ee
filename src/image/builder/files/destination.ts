/** Where a COPY or ADD puts things: opened inside the stage's root, made if it is missing. */
import { closeSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { chownAt, cstring, mkdirAt, O, openInRoot } from '../../../kernel/path.ts';
import { join, toBytes, toText, withDirectory, withTarget } from './entry.ts';
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
    const { parent, base } = directory ? { parent: whole, base: wanted.name } : split(whole);
    const fd = makeDirectories(root, parent, wanted.owner);
    return { fd, name: base, close: () => closeSync(fd) };
  });
}

/**
 * Opens a directory below `root`, making what is missing on the way: 0755, of the owner given. Throws
 * `invalid-argument` if something else is in the way.
 */
export function makeDirectories(root: number, path: string, owner: Owner): number {
  let open = openDirectory(root, '.');
  let sofar = '';
  for (const part of path.split('/').filter((name) => name !== '' && name !== '.')) {
    sofar = join(sofar, part);
    const parent = open;
    try {
      open = openOrMake(root, parent, sofar, part, owner);
    } finally {
      closeSync(parent);
    }
  }
  return open;
}

function openOrMake(root: number, parent: number, path: string, name: string, owner: Owner): number {
  try {
    return openDirectory(root, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') throw invalidArgument(`cannot copy to non-directory: /${toText(path)}`);
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  mkdirAt(parent, cstring(name), 0o755);
  chownAt(parent, cstring(name), owner.uid, owner.gid);
  return openDirectory(root, path);
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
