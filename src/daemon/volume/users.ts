/** Who refers to a volume: counted from the containers each time, never stored, so it cannot be wrong. */
import type { Engine } from '../engine.ts';

/** Ids of the containers that name it in their mounts, running or not. */
export function volumeUsers({ containers }: Engine, name: string): string[] {
  return containers
    .list()
    .filter(({ mounts }) => mounts.some(({ Type, Name }) => Type === 'volume' && Name === name))
    .map(({ id }) => id);
}

/** How many containers refer to each volume that is used at all. */
export function volumeUseCounts({ containers }: Engine): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { mounts } of containers.list()) {
    const names = mounts.filter(({ Type }) => Type === 'volume').map(({ Name }) => Name ?? '');
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
