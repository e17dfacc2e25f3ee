/** `docker diff`: what a container's own layer adds, changes and deletes, as dockerd reckons it. */
import { isWhiteout, namesIn, type TreeEntry, withEntry, xattrsOf } from '../../../image/tree/entry.ts';
import { isOpaque, type Merged, mergedNames } from '../../../image/tree/merged.ts';
import { hasSameOwner, type OwnEntry, type OwnLayerRequest, withOwnLayer } from './own-layer.ts';

export interface Change {
  /** Absolute. */
  path: string;
  /** 0: modified, 1: added, 2: deleted. */
  kind: 0 | 1 | 2;
}

const CAPABILITY = 'security.capability';

/** A directory comes before what is in it, and is modified if anything in it is. */
export function changesOf(request: OwnLayerRequest): Change[] {
  return withOwnLayer(request, (root, children) => {
    const changes: Change[] = [];
    const visit = (directory: OwnEntry) => {
      for (const entry of children(directory)) {
        const at = changes.length;
        if (isWhiteout(entry.upper)) {
          changes.push(change(entry, 2));
          continue;
        }
        const kind = kindOf(entry);
        if (kind !== undefined) changes.push(change(entry, kind));
        if (entry.upper.kind !== 'directory') continue;
        visit(entry);
        changes.push(...deletedBelow(entry));
        if (kind === undefined && changes.length > at) changes.splice(at, 0, change(entry, 0));
      }
    };
    visit(root);
    return changes;
  });
}

function change({ path }: Pick<OwnEntry, 'path'>, kind: Change['kind']): Change {
  return { path: `/${Buffer.from(path, 'latin1').toString()}`, kind };
}

/** Undefined: it is as it was. Reading and writing back what was there brings a file up without changing it. */
function kindOf({ upper, lower }: OwnEntry): 0 | 1 | undefined {
  if (!lower) return 1;
  const { entry } = lower;
  return hasSameOwner(upper, entry) && hasSameContent(upper, entry) && hasSameCapability(upper, entry)
    ? undefined
    : 0;
}

/** Not for directories, whose size and time follow from what is in them. */
function hasSameContent({ kind, stat }: TreeEntry, { stat: other }: TreeEntry): boolean {
  if (kind === 'directory') return true;
  return stat.mtimeNs === other.mtimeNs && stat.size === other.size && stat.rdev === other.rdev;
}

function hasSameCapability(upper: TreeEntry, lower: TreeEntry): boolean {
  const [now, before] = [upper, lower].map((entry) => xattrsOf(entry, (name) => name !== CAPABILITY));
  return (now?.get(CAPABILITY)?.toString('hex') ?? '') === (before?.get(CAPABILITY)?.toString('hex') ?? '');
}

/** An opaque directory replaces one of the image: what it does not have itself is gone. */
function deletedBelow({ path, upper, lower }: OwnEntry): Change[] {
  if (!isReplacement(upper, lower)) return [];
  const kept = new Set(
    namesIn(upper).filter((name) => withEntry(upper.fd, name, (entry) => !isWhiteout(entry))),
  );
  return mergedNames(lower)
    .filter((name) => !kept.has(name))
    .map((name) => change({ path: `${path}/${name}` }, 2));
}

/** Every directory that is new in a merged one is opaque; it matters where there was one before. */
export function isReplacement(upper: TreeEntry, lower: Merged | undefined): lower is Merged {
  return lower?.entry.kind === 'directory' && isOpaque(upper);
}
