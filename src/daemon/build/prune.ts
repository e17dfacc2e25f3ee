/** `docker builder prune`: the API's filters, and what they say of an object of the cache. */
import type { BuildCacheRecord } from '../../api/image.ts';
import { type Filters, filterFlag } from '../../api/query.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { CacheUsage, Pruned } from '../../image/builder/cache/prune.ts';
import { parseTime } from '../container/time.ts';
import type { Engine } from '../engine.ts';
import { isImageUsed } from '../image/users.ts';

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
  // `docker system prune` hands its own on.
  'label',
  'label!',
];

type Condition = (usage: CacheUsage) => boolean;

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
  const conditions = conditionsOf(filters);
  const filter: Condition = (usage) => conditions.every((holds) => holds(usage));
  const pruned = await engine.build.builder.prune({ ...request, filter });
  if (call.dryRun) return pruned;
  await engine.images.collectGarbage(isImageUsed(engine));
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

/** Throws `invalid-argument` for what is wrong with the filters, whatever is in the cache. */
function conditionsOf(filters: Filters): Condition[] {
  const conditions: Condition[] = [];
  const add = (name: string, condition: (value: string) => Condition) => {
    const value = only(filters, name);
    if (value !== undefined) conditions.push(condition(value));
  };
  const addFlag = (name: string, of: Condition) => {
    if (only(filters, name) === undefined) return;
    const wanted = filterFlag(filters, name, true);
    conditions.push((usage) => of(usage) === wanted);
  };
  if (filters.has('until') && filters.has('unused-for'))
    throw invalidArgument('failed to prune build cache: conflicting filters: "until" and "unused-for"');
  for (const name of ['until', 'unused-for']) add(name, (text) => unusedSince(name, text));
  add('id', (id) => (usage) => usage.id.includes(id));
  add('parent', (parent) => (usage) => usage.parents.includes(parent));
  add('type', (type) => (usage) => usage.type === type);
  add('description', (text) => (usage) => usage.description === text);
  addFlag('inuse', (usage) => usage.inUse);
  addFlag('shared', (usage) => usage.shared);
  addFlag('private', (usage) => !usage.shared);
  // Nothing in the cache bears a label.
  if (filters.has('label')) conditions.push(() => false);
  return conditions;
}

function only(filters: Filters, name: string): string | undefined {
  const [value, ...more] = filters.get(name) ?? [];
  if (more.length > 0) throw invalidArgument('failed to prune build cache: filters expect only one value');
  return value;
}

function unusedSince(name: string, text: string): Condition {
  try {
    const time = parseTime(text);
    return ({ used }) => Date.parse(used) * 1e6 < time;
  } catch (cause) {
    throw invalidArgument(
      `failed to prune build cache: "${name}" filter expects a duration (e.g., '24h'): time: invalid duration ${JSON.stringify(text)}`,
      cause,
    );
  }
}
