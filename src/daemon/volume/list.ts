/** Volumes that pass the filters of the list. */
import { type Filters, filterFlag, matchesLabels, parseFilters } from '../../api/query.ts';
import type { Volume } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';
import { volumeLabels } from './resource.ts';
import { volumeUseCounts } from './users.ts';

const FILTERS = ['dangling', 'driver', 'label', 'name'];

export function listVolumes(engine: Engine, filterText: string | undefined): Volume[] {
  const filters = parseFilters(filterText, FILTERS);
  return engine.volumes.list().filter(danglingFilter(engine, filters)).filter(ownFilter(filters));
}

/** Dangling: no container refers to it. */
function danglingFilter(engine: Engine, filters: Filters): (volume: Volume) => boolean {
  if (!filters.has('dangling')) return () => true;
  const wanted = filterFlag(filters, 'dangling', true);
  const counts = volumeUseCounts(engine);
  return ({ name }) => !counts.has(name) === wanted;
}

/** A name matches if any of those given is part of it; the labels must all be there. */
function ownFilter(filters: Filters): (volume: Volume) => boolean {
  const names = filters.get('name');
  const drivers = filters.get('driver');
  const labels = filters.get('label') ?? [];
  return (volume) =>
    (!names || names.some((part) => volume.name.includes(part))) &&
    (!drivers || drivers.includes(volume.driver)) &&
    matchesLabels(volumeLabels(volume), labels);
}
