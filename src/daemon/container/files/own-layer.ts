/**
 * A container's own layer: its upper directory, seen against the layers of its image. What the engine put there
 * (image/snapshots/init-layer.ts) is no part of it while it is as it was.
 */
import { openSync } from 'node:fs';
import { INIT_LAYER, type InitEntry } from '../../../image/snapshots/init-layer.ts';
import { closeEntry, describe, namesIn, openEntry, type TreeEntry } from '../../../image/tree/entry.ts';
import { closeMerged, lookUp, type Merged, mergedRoot } from '../../../image/tree/merged.ts';
import { cstring, O, readlinkAt } from '../../../kernel/path.ts';

export interface OwnLayerRequest {
  upper: string;
  /** Directories of the image's layers, top first. */
  layers: string[];
}

type InitEntries = ReadonlyMap<string, InitEntry>;

const NOTHING: InitEntries = new Map();
const INIT_ENTRIES: InitEntries = new Map([
  // The runtime makes it for its own mount, where the image and the init layer have none.
  ['dev', { path: 'dev', kind: 'directory' }],
  ...INIT_LAYER.map((entry) => [entry.path, entry] as const),
]);

/** One name in the upper directory, and what it covers. */
export interface OwnEntry {
  /** Bytes in latin1, without leading slash. */
  path: string;
  upper: TreeEntry;
  lower: Merged | undefined;
}

/** Runs `operation` on the root of the upper directory; everything that is opened is closed behind it. */
export function withOwnLayer<T>(
  { upper, layers }: OwnLayerRequest,
  operation: (root: OwnEntry, children: (entry: OwnEntry) => Generator<OwnEntry>) => T,
  leftOut = INIT_ENTRIES,
): T {
  const root = openDirectory(upper);
  const lower = mergedRoot(layers.map(openDirectory));
  try {
    return operation({ path: '', upper: root, lower }, (entry) => childrenOf(entry, leftOut));
  } finally {
    closeEntry(root);
    if (lower) closeMerged(lower);
  }
}

/** What `withOwnLayer` leaves out: of a directory that is left out, the directory alone is named. */
export function initLayerOf(request: OwnLayerRequest): string[] {
  const visitAll = (root: OwnEntry, children: (entry: OwnEntry) => Generator<OwnEntry>) => {
    const found: string[] = [];
    const visit = (directory: OwnEntry) => {
      for (const entry of children(directory)) {
        if (isLeftOut(entry, INIT_ENTRIES)) found.push(entry.path);
        else if (leadsTo(entry, INIT_ENTRIES)) visit(entry);
      }
    };
    visit(root);
    return found;
  };
  return withOwnLayer(request, visitAll, NOTHING);
}

/** In the order of their names. Each is open until the next is asked for. */
function* childrenOf(parent: OwnEntry, initLayer: InitEntries): Generator<OwnEntry> {
  for (const name of namesIn(parent.upper)) {
    const upper = openEntry(parent.upper.fd, name);
    if (!upper) continue;
    const lower = parent.lower && lookUp(parent.lower, name);
    const entry = { path: parent.path === '' ? name : `${parent.path}/${name}`, upper, lower };
    try {
      if (!isLeftOut(entry, initLayer)) yield entry;
    } finally {
      closeEntry(upper);
      if (lower) closeMerged(lower);
    }
  }
}

function isLeftOut(entry: OwnEntry, initLayer: InitEntries): boolean {
  return isFromInitLayer(entry, initLayer) || onlyHoldsInitLayer(entry, initLayer);
}

function leadsTo({ path, upper }: OwnEntry, initLayer: InitEntries): boolean {
  return upper.kind === 'directory' && [...initLayer.keys()].some((point) => point.startsWith(`${path}/`));
}

function isFromInitLayer({ path, upper, lower }: OwnEntry, initLayer: InitEntries): boolean {
  const made = initLayer.get(path);
  if (!made || lower || upper.kind !== made.kind) return false;
  if (upper.kind === 'file') return upper.stat.size === 0n;
  if (upper.kind === 'symlink') return readlinkAt(upper.fd, cstring('')) === made.target;
  return namesIn(upper).length === 0;
}

/** A directory that is there only for what was made in it. */
function onlyHoldsInitLayer(entry: OwnEntry, initLayer: InitEntries): boolean {
  const { upper, lower } = entry;
  if (!leadsTo(entry, initLayer)) return false;
  if (lower && !hasSameOwner(upper, lower.entry)) return false;
  const names = namesIn(upper);
  if (names.length === 0) return false;
  for (const _ of childrenOf(entry, initLayer)) return false;
  return true;
}

export function hasSameOwner({ stat }: TreeEntry, { stat: other }: TreeEntry): boolean {
  return stat.mode === other.mode && stat.uid === other.uid && stat.gid === other.gid;
}

function openDirectory(path: string): TreeEntry {
  return describe(openSync(path, O.PATH | O.DIRECTORY));
}
