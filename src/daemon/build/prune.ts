/** `docker builder prune`: the API's filters, and what they say of an object of the cache. */
import type { BuildCacheRecord } from '../../api/image.ts';
import { type Filters, filterFlag } from '../../api/query.ts';
import type { CacheUsage, Pruned } from '../../image/builder/cache/prune.ts';
import { parseTime } from '../container/time.ts';
import type { Engine } from '../engine.ts';

export const CACHE_FILTERS = [
  'until',
  'unused-for',
  'id',
  'parent',
  'type',
  'description',
  'inuse',
  'shared',
  'private',
];

export interface PruneCall {
  filters: Filters;
  all: boolean;
  keep?: number;
  maxUsed?: number;
  minFree?: number;
  /** Says what would go, and removes nothing. */
  dryRun: boolean;
}

export async function pruneBuilds(engine: Engine, call: PruneCall): Promise<Pruned> {
  const { filters, ...request } = call;
  const pruned = await engine.build.builder.prune({ ...request, filter: (usage) => matches(usage, filters) });
  if (call.dryRun) return pruned;
  await engine.images.collectGarbage((id) => engine.containers.list().some(({ imageId }) => imageId === id));
  engine.events.publish('builder', 'prune', '', { reclaimed: String(pruned.bytes) });
  return pruned;
}

/** As `system df` shows it. */
export function cacheRecord(usage: CacheUsage): BuildCacheRecord {
  return {
    ID: usage.id,
    Parents: usage.parents,
    Type: usage.type,
    Description: usage.description,
    InUse: usage.inUse,
    Shared: usage.shared,
    Size: usage.size,
    CreatedAt: usage.created,
    LastUsedAt: usage.used,
    UsageCount: usage.uses,
  };
}

function matches(usage: CacheUsage, filters: Filters): boolean {
  const has = (name: string, holds: (value: string) => boolean) => filters.get(name)?.some(holds) ?? true;
  return (
    has('id', (id) => usage.id.startsWith(id)) &&
    has('parent', (parent) => usage.parents.includes(parent)) &&
    has('type', (type) => usage.type === type) &&
    has('description', (text) => usage.description.includes(text)) &&
    has('until', (text) => isUnusedSince(usage, text)) &&
    has('unused-for', (text) => isUnusedSince(usage, text)) &&
    filterFlag(filters, 'inuse', usage.inUse) === usage.inUse &&
    filterFlag(filters, 'shared', usage.shared) === usage.shared &&
    filterFlag(filters, 'private', !usage.shared) === !usage.shared
  );
}

function isUnusedSince({ used }: CacheUsage, text: string): boolean {
  return Date.parse(used) * 1e6 < parseTime(text);
}
