/**
 * What every container finds in its root, whatever its image: places for the engine to mount on, the file by which
 * programs know that they are in a container, and the table of mounts where they look for it. Docker keeps them in a
 * layer between image and container, its "init layer"; here they lie in `upper`, and whoever reads `upper` as the
 * container's own doing leaves them out.
 */
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { O } from '../../kernel/path.ts';
import { setXattr } from '../../kernel/xattr.ts';
import { describe, xattrsOf } from '../tree/entry.ts';
import { closeMerged, lookUp, type Merged, mergedRoot } from '../tree/merged.ts';

const USUAL_MODE = 0o755;

export interface InitEntry {
  /** Without leading slash, two components at most. */
  path: string;
  kind: 'directory' | 'file' | 'symlink';
  /** Of a symlink. */
  target?: string;
}

export const INIT_LAYER: readonly InitEntry[] = [
  { path: 'dev/pts', kind: 'directory' },
  { path: 'dev/shm', kind: 'directory' },
  { path: 'dev/console', kind: 'file' },
  { path: 'proc', kind: 'directory' },
  { path: 'sys', kind: 'directory' },
  { path: '.dockerenv', kind: 'file' },
  { path: 'etc/resolv.conf', kind: 'file' },
  { path: 'etc/hosts', kind: 'file' },
  { path: 'etc/hostname', kind: 'file' },
  { path: 'etc/mtab', kind: 'symlink', target: '/proc/mounts' },
];

/** One entry to be made, parents first. */
interface Making extends InitEntry {
  mode: number;
  uid: number;
  gid: number;
  xattrs: Map<string, Buffer>;
}

export type InitPlan = readonly Making[];

/**
 * What the image lacks. A directory of the image that gets an entry comes along as it is there: in an overlay the upper
 * part of a directory says what it looks like. `layers`: directories, top first.
 */
export function planInitLayer(layers: readonly string[]): InitPlan {
  const root = mergedRoot(layers.map((layer) => describe(openSync(layer, O.PATH | O.DIRECTORY))));
  const plan = new Map<string, Making>();
  try {
    for (const entry of INIT_LAYER) planEntry(root, entry, plan);
  } finally {
    if (root) closeMerged(root);
  }
  return [...plan.values()];
}

function planEntry(root: Merged | undefined, entry: InitEntry, plan: Map<string, Making>): void {
  const [first = '', second] = entry.path.split('/');
  withLookedUp(root, first, (found) => {
    if (second === undefined) {
      if (!found) plan.set(entry.path, fresh(entry));
      return;
    }
    // Below a link or a file there is no place to mount on: runc says so when it starts.
    if (found && found.entry.kind !== 'directory') return;
    if (withLookedUp(found, second, (there) => there !== undefined)) return;
    const parent = { path: first, kind: 'directory' } as const;
    if (!plan.has(first)) plan.set(first, found ? { ...parent, ...looksOf(found) } : fresh(parent));
    plan.set(entry.path, fresh(entry));
  });
}

const fresh = (entry: InitEntry): Making => ({
  ...entry,
  mode: USUAL_MODE,
  uid: 0,
  gid: 0,
  xattrs: new Map(),
});

function looksOf({ entry }: Merged): Pick<Making, 'mode' | 'uid' | 'gid' | 'xattrs'> {
  const { mode, uid, gid } = entry.stat;
  const xattrs = xattrsOf(entry, (name) => name.startsWith('trusted.overlay.'));
  return { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), xattrs };
}

function withLookedUp<T>(
  directory: Merged | undefined,
  name: string,
  operation: (found: Merged | undefined) => T,
): T {
  const found = directory && lookUp(directory, name);
  try {
    return operation(found);
  } finally {
    if (found) closeMerged(found);
  }
}

/** Into a fresh, empty `upper`. */
export function makeInitLayer(upper: string, plan: InitPlan): void {
  for (const { path, kind, target = '', mode, uid, gid, xattrs } of plan) {
    const place = join(upper, path);
    if (kind === 'symlink') {
      symlinkSync(target, place);
      continue;
    }
    if (kind === 'directory') mkdirSync(place);
    else writeFileSync(place, '', { flag: 'wx', mode });
    if (uid !== 0 || gid !== 0) chownSync(place, uid, gid);
    if (mode !== USUAL_MODE) chmodSync(place, mode);
    if (xattrs.size > 0) setXattrs(place, xattrs);
  }
}

function setXattrs(place: string, xattrs: Map<string, Buffer>): void {
  const fd = openSync(place, O.PATH | O.NOFOLLOW);
  try {
    for (const [name, value] of xattrs) setXattr(fd, name, value);
  } finally {
    closeSync(fd);
  }
}
