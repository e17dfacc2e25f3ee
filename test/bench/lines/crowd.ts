/** Fifty containers asked for at once, and how the engine answers others meanwhile. */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { atOnce, time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { atMost, below, type Line } from '../line.ts';
import { quantile } from '../statistics.ts';
import { liveOnce } from './start.ts';

const crowd = (quick: boolean) => Array.from({ length: quick ? 10 : 50 });

export const crowdStart: Line = {
  name: 'crowd-start',
  title: '50 at once, per container',
  unit: 'ms',
  better: 'less',
  rounds: [5, 2],
  targets: [atMost(1.35, 'floor'), atMost(1 / 4, 'docker'), atMost(1 / 3, 'podman')],
  async prepare({ engines, floor, quick }) {
    const many = crowd(quick);
    const each = async (live: () => Promise<unknown>, limit: number) =>
      (await time(() => atOnce(many, limit, live))) / many.length;
    return [
      { name: 'floor', sample: () => each(() => floor.run(), cpus().length) },
      ...engines.map((engine) => ({
        name: engine.name,
        sample: () => each(() => liveOnce(engine, 'none'), many.length),
      })),
    ];
  },
};

export const crowdPing: Line = {
  name: 'crowd-ping',
  title: '/_ping meanwhile, p95',
  unit: 'ms',
  better: 'less',
  rounds: [3, 1],
  warm: false,
  targets: [below(10, 'ms'), atMost(1, 'docker'), atMost(1, 'podman')],
  async prepare({ engines, quick }) {
    return engines.map((engine) => ({ name: engine.name, sample: () => pingDuring(engine, crowd(quick)) }));
  },
};

async function pingDuring(engine: Engine, many: unknown[]): Promise<number> {
  const pings: number[] = [];
  let over = false;
  const busy = atOnce(many, many.length, () => liveOnce(engine, 'none')).finally(() => {
    over = true;
  });
  while (!over) {
    pings.push(await time(() => engine.api.call('GET', '/_ping')));
    await sleep(5);
  }
  await busy;
  return quantile(
    pings.toSorted((a, b) => a - b),
    0.95,
  );
}
