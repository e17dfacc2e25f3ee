/**
 * A container's own layer: its upper directory, seen against the layers of its image. What the engine put there so
 * that something could be mounted on it is no part of it (Docker keeps that in a layer of its own between the two).
 */
import { openSync } from 'node:fs';
import { closeEntry, describe, namesIn, openEntry, type TreeEntry } from '../../../image/tree/entry.ts';
import { closeMerged, lookUp, type Merged, mergedRoot } from '../../../image/tree/merged.ts';
import { O } from '../../../kernel/path.ts';

export interface OwnLayerRequest {
  upper: string;
  /** Directories of the image's layers, top first. */
  layers: string[];
  /** Paths without leading slash that are left out while they are empty and not the image's: mount points. */
  mountPoints: string[];
}

/** One name in the upper directory, and what it covers. */
export interface OwnEntry {
  /** Bytes in latin1, without leading slash. */
  path: string;
  upper: TreeEntry;
  lower: Merged | undefined;
}

/** Runs `operation` on the root of the upper directory; everything that is opened is closed behind it. */
export function withOwnLayer<T>(
  { upper, layers, mountPoints }: OwnLayerRequest,
  operation: (root: OwnEntry, children: (entry: OwnEntry) => Generator<OwnEntry>) => T,
): T {
  const root = openDirectory(upper);
  const lower = mergedRoot(layers.map(openDirectory));
  const left = new Set(mountPoints);
  try {
    return operation({ path: '', upper: root, lower }, (entry) => childrenOf(entry, left));
  } finally {
    closeEntry(root);
    if (lower) closeMerged(lower);
  }
}

/** What `withOwnLayer` leaves out: of a directory that is left out, the directory alone is named. */
export function mountPointsOf(request: OwnLayerRequest): string[] {
  const mountPoints = new Set(request.mountPoints);
  return withOwnLayer({ ...request, mountPoints: [] }, (root, children) => {
    const found: string[] = [];
    const visit = (directory: OwnEntry) => {
      for (const entry of children(directory)) {
        if (isLeftOut(entry, mountPoints)) found.push(entry.path);
        else if (leadsTo(entry, mountPoints)) visit(entry);
      }
    };
    visit(root);
    return found;
  });
}

/** In the order of their names. Each is open until the next is asked for. */
function* childrenOf(parent: OwnEntry, mountPoints: ReadonlySet<string>): Generator<OwnEntry> {
  for (const name of namesIn(parent.upper)) {
    const upper = openEntry(parent.upper.fd, name);
    if (!upper) continue;
    const lower = parent.lower && lookUp(parent.lower, name);
    const entry = { path: parent.path === '' ? name : `${parent.path}/${name}`, upper, lower };
    try {
      if (!isLeftOut(entry, mountPoints)) yield entry;
    } finally {
      closeEntry(upper);
      if (lower) closeMerged(lower);
    }
  }
}

function isLeftOut(entry: OwnEntry, mountPoints: ReadonlySet<string>): boolean {
  return isMountPoint(entry, mountPoints) || onlyHoldsMountPoints(entry, mountPoints);
}

function leadsTo({ path, upper }: OwnEntry, mountPoints: ReadonlySet<string>): boolean {
  return upper.kind === 'directory' && [...mountPoints].some((point) => point.startsWith(`${path}/`));
}

function isMountPoint({ path, upper, lower }: OwnEntry, mountPoints: ReadonlySet<string>): boolean {
  if (!mountPoints.has(path) || lower) return false;
  if (upper.kind === 'file') return upper.stat.size === 0n;
  return upper.kind === 'directory' && namesIn(upper).length === 0;
}

/** A directory that came up only because mount points were made in it. */
function onlyHoldsMountPoints(entry: OwnEntry, mountPoints: ReadonlySet<string>): boolean {
  const { upper, lower } = entry;
  if (!leadsTo(entry, mountPoints)) return false;
  if (lower && !hasSameOwner(upper, lower.entry)) return false;
  const names = namesIn(upper);
  if (names.length === 0) return false;
  for (const _ of childrenOf(entry, mountPoints)) return false;
  return true;
}

export function hasSameOwner({ stat }: TreeEntry, { stat: other }: TreeEntry): boolean {
  return stat.mode === other.mode && stat.uid === other.uid && stat.gid === other.gid;
}

function openDirectory(path: string): TreeEntry {
  return describe(openSync(path, O.PATH | O.DIRECTORY));
}
