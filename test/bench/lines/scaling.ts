/** How much a start costs with 500 containers running, to what it costs with ten. */
import { atOnce, remove, run, time } from '../container.ts';
import type { Engine } from '../engine.ts';
import type { Contender, Line } from '../line.ts';
import { summarise } from '../statistics.ts';
import { liveOnce } from './start.ts';

const STARTS = 12;

export const scaling: Line = {
  name: 'scaling',
  title: 'start with 500 running, to start with 10',
  unit: '×',
  better: 'less',
  rounds: [1, 1],
  warm: false,
  patience: 900,
  targets: [{ text: '≤ 1.3×', met: ({ skiff }) => (skiff === undefined ? undefined : skiff <= 1.3) }],
  prepare: async ({ engines, quick, progress }) =>
    engines.map(
      (engine): Contender => ({
        name: engine.name,
        sample: () => factor(engine, quick ? 50 : 500, progress),
      }),
    ),
};

async function factor(engine: Engine, many: number, progress: (text: string) => void): Promise<number> {
  const ids: string[] = [];
  const grow = async (to: number) => {
    const missing = Array.from({ length: to - ids.length });
    ids.push(...(await atOnce(missing, 4, () => run(engine.api))));
    progress(`scaling ${engine.name} ${to} running`);
  };
  try {
    await grow(10);
    const few = await medianStart(engine);
    await grow(many);
    return (await medianStart(engine)) / few;
  } finally {
    await atOnce(ids, 4, (id) => remove(engine.api, id));
  }
}

async function medianStart(engine: Engine): Promise<number> {
  const samples: number[] = [];
  while (samples.length < STARTS) samples.push(await time(() => liveOnce(engine, 'none')));
  return summarise(samples).median;
}
