/** SIGKILL with fifty containers running: how soon the next engine answers, and knows all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { remove, run } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, atMost, below, type Contender, type Line } from '../line.ts';

export const crashPing: Line = {
  name: 'crash-ping',
  title: 'SIGKILL with 50 running, until /_ping',
  unit: 'ms',
  better: 'less',
  rounds: [5, 2],
  warm: false,
  targets: [below(300, 'ms'), atMost(1, 'docker')],
  prepare: (arena) => crashing(arena, 'ping'),
};

export const crashList: Line = {
  name: 'crash-list',
  title: 'SIGKILL with 50 running, until all are listed',
  unit: 'ms',
  better: 'less',
  rounds: [5, 2],
  warm: false,
  targets: [below(400, 'ms'), atMost(1, 'docker')],
  prepare: (arena) => crashing(arena, 'list'),
};

async function crashing({ engines, quick }: Arena, until: 'ping' | 'list'): Promise<Contender[]> {
  const count = quick ? 10 : 50;
  return Promise.all(
    engines.map(async (engine) => {
      const ids: string[] = [];
      while (ids.length < count) ids.push(await run(engine.api));
      return {
        name: engine.name,
        sample: () => restart(engine, until === 'list' ? count : 0),
        close: () => remove(engine.api, ...ids),
      };
    }),
  );
}

async function restart(engine: Engine, count: number): Promise<number> {
  await engine.crash();
  const started = performance.now();
  engine.start();
  await engine.ready();
  while ((await running(engine)) < count) await sleep(2);
  return performance.now() - started;
}

async function running({ api }: Engine): Promise<number> {
  return (await api.call<unknown[]>('GET', '/containers/json')).length;
}
