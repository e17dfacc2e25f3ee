/** Memory, as proportional set size: of the idle engine, of each running container, and whether it grows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pss } from '../../harness/memory.ts';
import { remove, run } from '../container.ts';
import type { Engine } from '../engine.ts';
import { atMost, below, type Line } from '../line.ts';
import { liveOnce } from './start.ts';

const MiB = 2 ** 20;
const REST_MS = 6000;

export const memoryIdle: Line = {
  name: 'memory-idle',
  title: 'memory of the idle engine',
  unit: 'MB',
  better: 'less',
  rounds: [1, 1],
  warm: false,
  targets: [below(80, 'MB'), atMost(1, 'docker')],
  prepare: async ({ engines }) =>
    engines.map((engine) => ({ name: engine.name, sample: () => atRest(engine) })),
};

export const memoryContainer: Line = {
  name: 'memory-container',
  title: 'memory per running container',
  unit: 'MB',
  better: 'less',
  rounds: [1, 1],
  warm: false,
  targets: [below(0.6, 'MB'), atMost(1, 'docker')],
  prepare: async ({ engines, quick }) =>
    engines.map((engine) => ({ name: engine.name, sample: () => perContainer(engine, quick ? 10 : 50) })),
};

export const memoryGrowth: Line = {
  name: 'memory-growth',
  title: 'engine memory after 500 starts, to before',
  unit: '×',
  better: 'less',
  rounds: [1, 1],
  warm: false,
  patience: 900,
  targets: [{ text: '≤ 1.1×', met: ({ skiff }) => skiff === undefined || skiff <= 1.1 }],
  prepare: async ({ engines, quick, progress }) =>
    engines.map((engine) => ({
      name: engine.name,
      sample: () => growth(engine, quick ? 30 : 500, progress),
    })),
};

/** To an engine that has had as many before: what they leave behind is counted as growth, below. */
async function perContainer(engine: Engine, count: number): Promise<number> {
  await remove(engine.api, ...(await many(engine, count)));
  const before = await atRest(engine);
  const ids = await many(engine, count);
  const after = await atRest(engine);
  await remove(engine.api, ...ids);
  return (after - before) / count;
}

async function many(engine: Engine, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push(await run(engine.api));
  return ids;
}

/** What a start has needed for itself is no container's: every engine gets a while to give it back. */
async function atRest(engine: Engine): Promise<number> {
  await sleep(REST_MS);
  return sum(engine.processes()) + sum(engine.shims());
}

/** The first starts fill caches and compile code; growth is what comes after them. */
async function growth(engine: Engine, starts: number, progress: (text: string) => void): Promise<number> {
  const early = Math.round(starts / 5);
  for (let count = 0; count < early; count++) await liveOnce(engine, 'none');
  const before = await atRest(engine);
  for (let count = early; count < starts; count++) {
    await liveOnce(engine, 'none');
    if (count % 20 === 0) progress(`memory-growth ${engine.name} ${count}/${starts}`);
  }
  return (await atRest(engine)) / before;
}

function sum(pids: number[]): number {
  return pids.reduce((total, pid) => total + pss(pid), 0) / MiB;
}
