/**
 * The runtime makes files and directories to mount upon where the image has none. They are not the step's work: what
 * is still as empty as it was made goes again before the upper directory becomes a layer, and with it directories
 * that are in the layer for no other reason.
 */
import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import { errnoOf } from '../../../core/errors.ts';
import { pathBelow, toBytes, toText, withDirectory, withTarget } from '../files/entry.ts';

export interface Stubs {
  /** Paths below the root that are missing, the deepest first. */
  missing: string[];
  /** The directories above them that are there, as they were. */
  parents: Map<string, Attributes>;
}

interface Attributes {
  mode: number;
  uid: number;
  gid: number;
}

/** `places`: where the runtime will mount; those below another are not in this root. */
export function findStubs(rootfs: string, places: readonly string[]): Stubs {
  const stubs: Stubs = { missing: [], parents: new Map() };
  withDirectory(rootfs, (root) => {
    for (const place of outermost(places)) notePlace(root, place, stubs);
  });
  return { ...stubs, missing: stubs.missing.sort(deepestFirst) };
}

export function removeStubs(upper: string, { missing, parents }: Stubs): void {
  for (const path of missing) removeIfEmpty(join(upper, path));
  for (const path of [...parents.keys()].sort(deepestFirst)) {
    const before = parents.get(path);
    if (before && path !== '') removeIfUnchanged(join(upper, path), before);
  }
}

const deepestFirst = (a: string, b: string) => b.length - a.length;

function outermost(places: readonly string[]): string[] {
  const cleaned = places.map((place) => posix.join('/', place));
  return cleaned.filter((place) => place !== '/' && !cleaned.some((other) => place.startsWith(`${other}/`)));
}

/** Walks down as far as there is something, links followed inside the root; the rest is what will be made. */
function notePlace(root: number, place: string, { missing, parents }: Stubs): void {
  let path = '';
  let isThere = true;
  for (const part of place.split('/').filter((name) => name !== '')) {
    const found = isThere ? lookUp(root, path) : undefined;
    if (found?.directory) noteParent(root, found.path, parents);
    path = posix.join(found?.path ?? path, part);
    isThere &&= lookUp(root, path) !== undefined;
    if (!isThere && !missing.includes(path)) missing.push(path);
  }
}

/** With all above it: a link may have led here past them. */
function noteParent(root: number, path: string, parents: Stubs['parents']): void {
  for (let above = path; above !== '' && !parents.has(above); above = parentOf(above)) {
    const found = lookUp(root, above);
    if (found) parents.set(above, found.attributes);
  }
}

const parentOf = (path: string) => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

function lookUp(root: number, path: string) {
  try {
    return withTarget(root, toBytes(path), ({ fd, kind, mode, stat }) => ({
      path: toText(pathBelow(root, fd)),
      directory: kind === 'directory',
      attributes: { mode, uid: Number(stat.uid), gid: Number(stat.gid) },
    }));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** In an upper directory that nobody has mounted any more: no name in it is followed. */
function removeIfEmpty(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) removeDirectory(path);
  else if (stat?.isFile() && stat.size === 0) unlinkSync(path);
}

function removeIfUnchanged(path: string, before: Attributes): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return;
  if (stat.mode === before.mode && stat.uid === before.uid && stat.gid === before.gid) removeDirectory(path);
}

function removeDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw error;
  }
}
