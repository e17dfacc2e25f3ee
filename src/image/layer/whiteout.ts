/**
 * Whiteouts: how a layer says "gone". In archives by file names (OCI image spec, "Whiteouts"), in a directory of
 * overlayfs by a 0:0 character device and an attribute (kernel: Documentation/filesystems/overlayfs.rst).
 */
import { closeSync, fstatSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../core/errors.ts';
import { mknodAt, S } from '../../kernel/node.ts';
import { cstring, O, openAt } from '../../kernel/path.ts';
import { setXattr } from '../../kernel/xattr.ts';

export const WHITEOUT_PREFIX = '.wh.';
/** `.wh..wh.opq`; other names that begin so are AUFS's own and mean nothing here. */
export const META_PREFIX = '.wh..wh.';
export const OPAQUE_MARKER = '.wh..wh..opq';
export const OPAQUE_XATTR = 'trusted.overlay.opaque';

export function isWhiteoutName(base: string): boolean {
  return base.startsWith(WHITEOUT_PREFIX);
}

/** Carries out what the entry `base` says in directory `dir`. */
export function applyWhiteout(dir: number, base: string): void {
  if (base === OPAQUE_MARKER) makeOpaque(dir, '.');
  else if (!base.startsWith(META_PREFIX)) hide(dir, hiddenName(base));
}

/** Nothing of the layers below shows through this directory. */
export function makeOpaque(dir: number, name: string): void {
  const fd = openAt(dir, cstring(name), O.PATH | O.DIRECTORY | O.NOFOLLOW);
  try {
    setXattr(fd, OPAQUE_XATTR, Buffer.from('y'));
  } finally {
    closeSync(fd);
  }
}

/** What is at `name` in `dir`, not followed; undefined if nothing is. */
export function kindOf(dir: number, name: string): 'directory' | 'whiteout' | 'other' | undefined {
  let fd: number;
  try {
    fd = openAt(dir, cstring(name), O.PATH | O.NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) return 'directory';
    return (stat.mode & S.IFMT) === S.IFCHR && stat.rdev === 0 ? 'whiteout' : 'other';
  } finally {
    closeSync(fd);
  }
}

function hiddenName(base: string): string {
  const name = base.slice(WHITEOUT_PREFIX.length);
  if (name === '' || name === '.' || name === '..') {
    throw invalidArgument(`invalid whiteout ${JSON.stringify(base)}`);
  }
  return name;
}

/** A whiteout hides what lies below the layer, never what the same layer brings (OCI image spec). */
function hide(dir: number, name: string): void {
  const kind = kindOf(dir, name);
  if (kind === undefined) mknodAt(dir, cstring(name), S.IFCHR, 0, 0);
  else if (kind === 'directory') makeOpaque(dir, name);
}
