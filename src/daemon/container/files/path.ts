/** Paths as `docker cp` means them: absolute in the container, a trailing `/` or `/.` says "the directory itself". */
import { closeSync } from 'node:fs';
import { posix } from 'node:path';
import { errnoOf, notFound } from '../../../core/errors.ts';
import { describe, openEntry, type TreeEntry } from '../../../image/tree/entry.ts';
import { cstring, O, openInRoot, readlinkAt } from '../../../kernel/path.ts';

export interface ContainerPath {
  /** Without `..`, without `//`; a trailing `/` or `/.` is kept. Text. */
  path: string;
  /** What the archive's entries begin with: `etc`, `.`, or `/` for the root. */
  name: string;
  /** A link at the end is followed. */
  follows: boolean;
}

/** moby's archive.PreserveTrailingDotOrSeparator. */
export function parseContainerPath(given: string): ContainerPath {
  const clean = posix.join('/', given).replace(/(.)\/$/, '$1');
  const isSelf = /(?:^|\/)\.\/*$/.test(given) || given === '';
  const slash = clean === '/' ? '' : '/';
  const path = isSelf ? `${clean}${slash}.` : given.endsWith('/') ? `${clean}${slash}` : clean;
  return {
    path,
    name: isSelf ? '.' : clean.split('/').at(-1) || '/',
    follows: path !== clean || path === '/',
  };
}

export const asDirectory = (path: ContainerPath): ContainerPath => ({ ...path, follows: true });

/** What the path leads to. Throws ENOENT, ENOTDIR … as openat2(2) does. */
export function openPath(root: number, { path, follows }: ContainerPath): TreeEntry {
  return describe(openInRoot(root, path, O.PATH | (follows ? O.DIRECTORY : O.NOFOLLOW)));
}

/** ELOOP of a path: more links than the kernel follows. */
const LINKS_MAX = 255;

/**
 * Where a link leads, all links on the way followed inside `root`: an absolute path there, which need not exist. For
 * showing to a client only; nothing is opened by it.
 */
export function resolveLink(root: number, path: string): string {
  const left = Buffer.from(path).toString('latin1').split('/').reverse();
  const done: { name: string; fd: number }[] = [];
  const at = () => done.at(-1)?.fd ?? root;
  try {
    for (let links = 0; left.length > 0; ) {
      const name = left.pop() ?? '';
      if (name === '' || name === '.') continue;
      if (name === '..') {
        leave(done);
        continue;
      }
      const entry = at() < 0 ? undefined : openIn(at(), name);
      if (entry?.kind !== 'symlink' || ++links > LINKS_MAX) {
        done.push({ name, fd: entry?.fd ?? -1 });
        continue;
      }
      const target = readlinkAt(entry.fd, cstring(''));
      closeSync(entry.fd);
      if (target.startsWith('/')) while (done.length > 0) leave(done);
      left.push(...target.split('/').reverse());
    }
    return Buffer.from(`/${done.map(({ name }) => name).join('/')}`, 'latin1').toString();
  } finally {
    while (done.length > 0) leave(done);
  }
}

function leave(done: { fd: number }[]): void {
  const last = done.pop();
  if (last && last.fd >= 0) closeSync(last.fd);
}

/** Undefined below what is no directory, too. */
function openIn(dir: number, name: string): TreeEntry | undefined {
  try {
    return openEntry(dir, name);
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Docker's words, with container and path as the client wrote them. */
export const noSuchFile = (path: string, container: string, cause?: unknown) =>
  notFound(`Could not find the file ${path} in container ${container}`, cause);
