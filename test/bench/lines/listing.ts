/** Two hundred containers, made, listed and removed over the API. */
import { create, time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, atMost, type Contender, type Line } from '../line.ts';

const many = (quick: boolean) => (quick ? 50 : 200);

export const list: Line = {
  name: 'list',
  title: 'list of 200 containers',
  unit: 'ms',
  better: 'less',
  rounds: [20, 5],
  targets: [atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: ({ engines, quick }) => Promise.all(engines.map((engine) => listing(engine, many(quick)))),
};

export const createMany: Line = {
  name: 'create-many',
  title: 'create 200',
  unit: 'ms',
  better: 'less',
  rounds: [3, 1],
  warm: false,
  targets: [atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => makingAndRemoving(arena, 'create'),
};

export const removeMany: Line = {
  name: 'remove-many',
  title: 'remove 200',
  unit: 'ms',
  better: 'less',
  rounds: [3, 1],
  warm: false,
  targets: [atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => makingAndRemoving(arena, 'remove'),
};

async function listing(engine: Engine, count: number): Promise<Contender> {
  const ids = await makeMany(engine, count);
  return {
    name: engine.name,
    sample: () =>
      time(async () => {
        const containers = await engine.api.call<unknown[]>('GET', '/containers/json?all=1');
        if (containers.length !== count)
          throw new Error(`${containers.length} of ${count} containers listed`);
      }),
    close: () => removeAllOf(engine, ids),
  };
}

async function makingAndRemoving(
  { engines, quick }: Arena,
  measured: 'create' | 'remove',
): Promise<Contender[]> {
  return engines.map((engine) => ({
    name: engine.name,
    async sample() {
      const started = performance.now();
      const ids = await makeMany(engine, many(quick));
      const made = performance.now();
      await removeAllOf(engine, ids);
      return measured === 'create' ? made - started : performance.now() - made;
    },
  }));
}

/** One after the other, as a script does. */
async function makeMany({ api }: Engine, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push(await create(api));
  return ids;
}

async function removeAllOf({ api }: Engine, ids: string[]): Promise<void> {
  for (const id of ids) await api.call('DELETE', `/containers/${id}`);
}
