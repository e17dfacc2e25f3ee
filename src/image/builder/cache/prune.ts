/** `docker builder prune`: what of the cache goes, by filter and by size. */
import { statfsSync } from 'node:fs';
import type { Digest } from '../../../core/digest.ts';
import { treeUsage } from '../../../core/tree-size.ts';
import type { BuildImages } from '../request.ts';
import type { CacheMounts } from './mounts.ts';
import type { CacheStore } from './store.ts';

/** One object of the cache, as `system df -v` shows it. */
export interface CacheUsage {
  id: string;
  parents: string[];
  type: 'regular' | 'exec.cachemount';
  description: string;
  inUse: boolean;
  /** An image stands on its layer: removing it frees nothing. */
  shared: boolean;
  /** Bytes on the disk: of a layer its files and its blob. */
  size: number;
  created: string;
  used: string;
  uses: number;
}

export interface PruneRequest {
  /** Also what is of use to later builds of images that are still here. */
  all: boolean;
  /** Each has to hold. */
  filter: (usage: CacheUsage) => boolean;
  /** Bytes: stop once no more than this is kept. */
  keep?: number;
  /** Bytes: go on until the cache takes no more than this. */
  maxUsed?: number;
  /** Bytes: go on until the file system has this much free. */
  minFree?: number;
  /** Say what would go, and remove nothing. */
  dryRun?: boolean;
}

export interface Pruned {
  ids: string[];
  bytes: number;
}

interface Stores {
  cache: CacheStore;
  mounts: CacheMounts;
  /** Diff ids of all layers that images stand on. */
  liveLayers: () => Set<Digest>;
  images: Pick<BuildImages, 'layerUsage'>;
  root: string;
}

export async function cacheUsage({ cache, mounts, images, liveLayers }: Stores): Promise<CacheUsage[]> {
  const live = liveLayers();
  const counted = new Set<string>();
  const steps = cache.list().map(async (record): Promise<CacheUsage> => {
    const { layer } = record;
    const place = layer?.diffIds.join() ?? '';
    // Steps that came to the same layer share it: it takes its room once.
    const isFirst = layer !== undefined && !counted.has(place);
    counted.add(place);
    const own = record.layer?.diffIds.at(-1);
    return {
      id: record.key.slice('sha256:'.length),
      parents: record.parent === undefined ? [] : [record.parent],
      type: 'regular',
      description: record.description,
      inUse: false,
      shared: own !== undefined && live.has(own),
      size: isFirst ? await images.layerUsage(layer.diffIds, layer.descriptor.digest) : 0,
      created: record.created,
      used: record.used,
      uses: record.uses,
    };
  });
  const kept = mounts.list().map(async ({ record, inUse }): Promise<CacheUsage> => {
    const { key, id, created, used, uses } = record;
    const size = await treeUsage(mounts.directory(key));
    const description = `cached mount ${id}`;
    return {
      id: key,
      parents: [],
      type: 'exec.cachemount',
      description,
      inUse,
      shared: false,
      size,
      created,
      used,
      uses,
    };
  });
  return Promise.all([...steps, ...kept]);
}

/** The longest unused goes first. */
export async function pruneCache(stores: Stores, request: PruneRequest): Promise<Pruned> {
  const usage = await cacheUsage(stores);
  const total = usage.reduce((sum, { size }) => sum + size, 0);
  const candidates = usage
    .filter((each) => !each.inUse && (request.all || !each.shared) && request.filter(each))
    .sort((a, b) => (a.used < b.used ? -1 : 1));
  const pruned: Pruned = { ids: [], bytes: 0 };
  const free = statfsSync(stores.root);
  for (const each of candidates) {
    const facts = { left: total - pruned.bytes, free: free.bavail * free.bsize + pruned.bytes };
    if (!mustGo(request, each, facts)) break;
    if (!request.dryRun) await remove(stores, each);
    pruned.ids.push(each.id);
    if (!each.shared) pruned.bytes += each.size;
  }
  return pruned;
}

/** Without a bound everything goes; with bounds, as long as one of them is not met, but never below what is to be kept. */
function mustGo(
  { keep, maxUsed, minFree }: PruneRequest,
  { size }: CacheUsage,
  facts: { left: number; free: number },
) {
  if (keep !== undefined && facts.left - size < keep) return false;
  if (maxUsed === undefined && minFree === undefined) return true;
  return (maxUsed !== undefined && facts.left > maxUsed) || (minFree !== undefined && facts.free < minFree);
}

async function remove({ cache, mounts }: Stores, { id, type }: CacheUsage): Promise<void> {
  if (type === 'exec.cachemount') await mounts.delete(id);
  else cache.delete(`sha256:${id}` as Digest);
}
