/** Who refers to a volume: counted from the containers each time, never stored, so it cannot be wrong. */
import type { Engine } from '../engine.ts';

/** Ids of the containers that name it in their mounts, running or not, and of those that are being made. */
export function volumeUsers(engine: Engine, name: string): string[] {
  const ids = uses(engine)
    .filter((use) => use.name === name)
    .map(({ id }) => id);
  return [...new Set(ids)];
}

/** How many containers refer to each volume that is used at all. */
export function volumeUseCounts(engine: Engine): Map<string, number> {
  const users = new Map<string, Set<string>>();
  for (const { id, name } of uses(engine)) users.set(name, (users.get(name) ?? new Set()).add(id));
  return new Map([...users].map(([name, ids]) => [name, ids.size]));
}

const uses = ({ containers, volumeClaims }: Engine): { id: string; name: string }[] => [
  ...containers
    .list()
    .flatMap(({ id, mounts }) =>
      mounts.filter(({ Type }) => Type === 'volume').map(({ Name }) => ({ id, name: Name ?? '' })),
    ),
  ...volumeClaims.list(),
];
