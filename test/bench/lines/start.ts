/** A container from nothing to nothing over the API: create, start, wait, remove; four calls one after the other. */
import { create, time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { type Arena, atMost, type Contender, type Line } from '../line.ts';

export const startNone: Line = {
  name: 'start-none',
  title: 'create + start + wait + remove, no network',
  unit: 'ms',
  better: 'less',
  rounds: [40, 10],
  targets: [atMost(1.25, 'floor'), atMost(1 / 4.5, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => contenders(arena, 'none'),
};

export const startBridge: Line = {
  name: 'start-bridge',
  title: 'the same on the default bridge',
  unit: 'ms',
  better: 'less',
  rounds: [40, 10],
  targets: [atMost(1.3, 'floor'), atMost(1 / 5, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => contenders(arena, 'bridge'),
};

async function contenders({ engines, floor }: Arena, network: string): Promise<Contender[]> {
  return [
    { name: 'floor', sample: () => floor.run() },
    ...engines.map((engine) => ({ name: engine.name, sample: () => time(() => liveOnce(engine, network)) })),
  ];
}

export async function liveOnce({ api }: Engine, network: string): Promise<void> {
  const id = await create(api, { cmd: ['true'], network });
  await api.call('POST', `/containers/${id}/start`);
  await api.call('POST', `/containers/${id}/wait`);
  await api.call('DELETE', `/containers/${id}`);
}
