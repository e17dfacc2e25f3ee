/** Several layers into one: unpacked layers are laid over each other as overlayfs would show them, in an upper directory. */
import { rmSync } from 'node:fs';
import { errnoOf } from '../../../core/errors.ts';
import { mknodAt, S } from '../../../kernel/node.ts';
import { cstring, O, openAt } from '../../../kernel/path.ts';
import { getXattr } from '../../../kernel/xattr.ts';
import { makeOpaque, OPAQUE_XATTR } from '../../layer/whiteout.ts';
import {
  type Check,
  type Entry,
  join,
  namesIn,
  procPath,
  using,
  withDirectory,
  withEntry,
  withTarget,
} from './entry.ts';
import { type Placement, placeDirectory, placeEntry } from './place.ts';

export interface MergeRequest {
  /** Directories of unpacked layers, bottom first. */
  layers: string[];
  /** Exists and is empty. */
  upper: string;
}

export function mergeLayers({ layers, upper }: MergeRequest, check: Check): void {
  for (const layer of layers) {
    withDirectory(upper, (to) => {
      const placement: Placement = {
        target: to,
        owner: undefined,
        mode: undefined,
        skips: () => false,
        links: new Map(),
        check,
      };
      withDirectory(layer, (from) => withTarget(from, '', (entry) => mergeContent(entry, to, '', placement)));
    });
  }
}

function mergeContent(from: Entry, to: number, below: string, placement: Placement): void {
  for (const name of namesIn(from.fd)) {
    withEntry(from.fd, name, (entry) =>
      mergeEntry(entry, from.fd, to, { name, path: join(below, name) }, placement),
    );
  }
}

function mergeEntry(
  entry: Entry,
  from: number,
  to: number,
  { name, path }: { name: string; path: string },
  placement: Placement,
): void {
  if (isWhiteout(entry)) {
    remove(to, name);
    mknodAt(to, cstring(name), S.IFCHR, 0, 0);
    return;
  }
  if (entry.kind !== 'directory') {
    remove(to, name);
    placeEntry(entry, { dir: from, name }, { dir: to, name, path }, placement);
    return;
  }
  // What this layer brings anew, after the layers before took it away, hides all below them.
  const wasHidden = kindIn(to, name) === 'whiteout';
  const opaque = isOpaque(entry) || wasHidden;
  if (opaque || kindIn(to, name) === 'other') remove(to, name);
  const describe = placeDirectory(entry, { dir: to, name }, placement);
  if (opaque) makeOpaque(to, name);
  using(openAt(to, cstring(name), O.PATH | O.DIRECTORY | O.NOFOLLOW), (fd) =>
    mergeContent(entry, fd, path, placement),
  );
  describe();
}

function isWhiteout({ mode, stat }: Entry): boolean {
  return (mode & S.IFMT) === S.IFCHR && stat.rdev === 0n;
}

function isOpaque(entry: Entry): boolean {
  try {
    return getXattr(entry.fd, OPAQUE_XATTR).toString() === 'y';
  } catch (error) {
    if (['ENODATA', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

function kindIn(dir: number, name: string): 'directory' | 'whiteout' | 'other' | undefined {
  try {
    return withEntry(dir, name, (entry) => {
      if (entry.kind === 'directory') return 'directory';
      return isWhiteout(entry) ? 'whiteout' : 'other';
    });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Follows no link: the last component is a name in an open directory of our own. */
function remove(dir: number, name: string): void {
  rmSync(procPath(dir, name), { recursive: true, force: true });
}
