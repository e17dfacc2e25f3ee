/**
 * What overlayfs would show of layers that lie on each other, looked up without mounting them (kernel:
 * Documentation/filesystems/overlayfs.rst, "Merged Directories", "whiteouts and opaque directories").
 */
import { closeSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { getXattr } from '../../kernel/xattr.ts';
import { OPAQUE_XATTR } from '../layer/whiteout.ts';
import { closeEntry, isWhiteout, namesIn, openEntry, type TreeEntry } from './entry.ts';

/** What one name leads to: of a directory, its part in each layer, top first; of anything else, the one entry. */
export interface Merged {
  readonly entry: TreeEntry;
  readonly parts: readonly TreeEntry[];
}

/** `layers`: the root of each, top first; at least one. They go over to the result. */
export function mergedRoot(layers: readonly TreeEntry[]): Merged | undefined {
  const [entry] = layers;
  return entry && { entry, parts: layers };
}

/** Undefined if it is not there, or hidden. Links are not followed. Close it with `closeMerged`. */
export function lookUp({ entry, parts }: Merged, name: string): Merged | undefined {
  if (entry.kind !== 'directory') return undefined;
  const found: TreeEntry[] = [];
  for (const part of parts) {
    const child = openEntry(part.fd, name);
    if (!child) continue;
    const isPart = child.kind === 'directory';
    if (isWhiteout(child) || (found.length > 0 && !isPart)) {
      closeEntry(child);
      break;
    }
    found.push(child);
    if (!isPart || isOpaque(child)) break;
  }
  return mergedRoot(found);
}

export function closeMerged({ parts }: Merged): void {
  for (const { fd } of parts) closeSync(fd);
}

/** Names that can be looked up, in the order of their bytes. */
export function mergedNames(merged: Merged): string[] {
  const names = new Set<string>();
  const hidden = new Set<string>();
  for (const part of merged.parts) {
    for (const name of namesIn(part)) {
      if (names.has(name) || hidden.has(name)) continue;
      const child = openEntry(part.fd, name);
      if (!child) continue;
      (isWhiteout(child) ? hidden : names).add(name);
      closeEntry(child);
    }
  }
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}

export function isOpaque({ fd }: TreeEntry): boolean {
  try {
    return getXattr(fd, OPAQUE_XATTR).toString('latin1') === 'y';
  } catch (error) {
    if (['ENODATA', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
