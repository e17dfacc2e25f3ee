/**
 * Removes what no container refers to: the anonymous volumes, or with `all` the named ones too. One with options stays:
 * its data is somewhere else, and dockerd leaves it alone.
 */
import { type Filters, filterFlag, matchesLabels } from '../../api/query.ts';
import { olderThan } from '../../api/version.ts';
import type { Volume } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';
import { removeVolume } from './remove.ts';
import { volumeLabels } from './resource.ts';
import { volumeUseCounts } from './users.ts';

export const VOLUME_PRUNE_FILTERS = ['all', 'label', 'label!'];

export interface PruneOptions {
  filters: Filters;
  apiVersion: string;
  /** Tells what would go, removes nothing. */
  dryRun: boolean;
}

export interface PrunedVolumes {
  names: string[];
  /** Bytes. */
  reclaimed: number;
}

/** One that cannot be removed stays, and is logged; the others go. */
export async function pruneVolumes(engine: Engine, options: PruneOptions): Promise<PrunedVolumes> {
  const pruned: PrunedVolumes = { names: [], reclaimed: 0 };
  for (const { name } of unusedVolumes(engine, options)) {
    try {
      const size = await engine.volumes.size(name);
      if (!options.dryRun) await removeVolume(engine, name);
      pruned.names.push(name);
      pruned.reclaimed += size;
    } catch (error) {
      engine.logger.warn({ err: error, volume: name }, 'a volume could not be pruned');
    }
  }
  if (!options.dryRun) engine.events.publish('volume', 'prune', '', { reclaimed: String(pruned.reclaimed) });
  return pruned;
}

function unusedVolumes(engine: Engine, { filters, apiVersion }: PruneOptions): Volume[] {
  // Until API 1.41 every unused volume went.
  const all = filterFlag(filters, 'all', olderThan(apiVersion, '1.42'));
  const counts = volumeUseCounts(engine);
  return engine.volumes.list().filter((volume) => {
    const labels = volumeLabels(volume);
    const unwanted = filters.get('label!') ?? [];
    return (
      (all || volume.anonymous) &&
      Object.keys(volume.options).length === 0 &&
      !counts.has(volume.name) &&
      matchesLabels(labels, filters.get('label') ?? []) &&
      !unwanted.some((label) => matchesLabels(labels, [label]))
    );
  });
}
