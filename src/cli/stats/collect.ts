// Gathers the figures of several containers: once, or twice a second from streams that stay open.

import type { ContainerSummary } from '../../api/container.ts';
import type { ContainerStats } from '../../api/stats.ts';
import type { EventMessage } from '../../api/system.ts';
import type { Engine } from '../connection/engine.ts';
import { inPath } from '../connection/path.ts';
import { jsonLines } from '../output/progress.ts';
import { emptyUsage, type Usage, usageOf } from './usage.ts';

export interface StatsChoice {
  /** None: all that run, or with `all` all there are. */
  readonly names: readonly string[];
  readonly all: boolean;
}

export async function sampleOnce(engine: Engine, choice: StatsChoice): Promise<Usage[]> {
  const names = await chosen(engine, choice);
  return Promise.all(
    names.map(async (name) => {
      const path = `/containers/${inPath(name)}/stats`;
      return usageOf(name, await engine.json<ContainerStats>('GET', path, { query: { stream: 'false' } }));
    }),
  );
}

/** A new list every half second; containers that start meanwhile are added, those that go leave it. */
export async function* followStats(engine: Engine, choice: StatsChoice): AsyncGenerator<Usage[]> {
  const rows = new Map<string, Usage>();
  let failure: unknown;
  const follow = (name: string) => {
    if (rows.has(name)) return;
    rows.set(name, emptyUsage(name));
    followOne(engine, name, rows)
      .catch((error) => {
        if (choice.names.length > 0) failure = error;
      })
      .finally(() => rows.delete(name));
  };
  const events = choice.names.length === 0 ? watchStarts(engine, choice.all, follow) : Promise.resolve();
  events.catch((error) => {
    failure = error;
  });
  for (const name of await chosen(engine, choice)) follow(name);
  for (;;) {
    yield [...rows.values()];
    if (failure) throw failure;
    if (choice.names.length > 0 && rows.size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function chosen(engine: Engine, { names, all }: StatsChoice): Promise<readonly string[]> {
  if (names.length > 0) return names;
  const containers = await engine.json<ContainerSummary[]>('GET', '/containers/json', { query: { all } });
  return containers.map((container) => container.Id.slice(0, 12));
}

async function followOne(engine: Engine, name: string, rows: Map<string, Usage>): Promise<void> {
  const reply = await engine.send('GET', `/containers/${inPath(name)}/stats`, { query: { stream: true } });
  for await (const stats of jsonLines<ContainerStats>(reply.body)) rows.set(name, usageOf(name, stats));
}

async function watchStarts(engine: Engine, all: boolean, follow: (name: string) => void): Promise<void> {
  const filters = { type: ['container'], event: [all ? 'create' : 'start', 'start'] };
  const reply = await engine.send('GET', '/events', { query: { filters } });
  for await (const event of jsonLines<EventMessage>(reply.body)) follow(event.Actor.ID.slice(0, 12));
}
