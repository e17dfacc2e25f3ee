/**
 * Guards the speed of a start and of exec: as ratios to runc alone in the same minutes, with bounds so wide that a
 * busy machine stays below them and a doubling does not.
 */
import t from 'tap';
import { withArena } from '../bench/arena.ts';
import type { EngineName } from '../bench/engine.ts';
import type { Arena, Line } from '../bench/line.ts';
import { exec } from '../bench/lines/exec.ts';
import { startNone } from '../bench/lines/start.ts';
import { measure } from '../bench/measure.ts';
import { requires } from '../harness/requires.ts';

const BOUNDS: [line: Line, factor: number][] = [
  [startNone, 1.8],
  [exec, 1.5],
];
const TRIES = 3;

const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');
t.setTimeout(150_000);
t.test('no slower than it was', { skip, timeout: 140_000 }, async (t) => {
  const note = (text: string) => t.comment(text);
  // Docker is there for its config.json alone.
  const stop = new AbortController().signal;
  const options = {
    engines: ['docker', 'skiff'] as EngineName[],
    quick: false,
    stop,
    progress: () => {},
    note,
  };
  await withArena(options, async (arena) => {
    const alone = { ...arena, engines: arena.engines.filter(({ name }) => name === 'skiff') };
    for (const [line, factor] of BOUNDS) {
      const ratios = [await ratioOf(line, alone)];
      // What disturbs the machine comes and goes; slower code stays.
      while (Math.min(...ratios) > factor && ratios.length < TRIES) ratios.push(await ratioOf(line, alone));
      const told = ratios.map((ratio) => `${ratio.toFixed(2)}×`).join(', ');
      t.ok(Math.min(...ratios) <= factor, `${line.title}: ${told} runc, at most ${factor}×`);
    }
  });
});

/** Of the medians of twenty. */
async function ratioOf(line: Line, arena: Arena): Promise<number> {
  const { skiff, floor } = (await measure({ ...line, rounds: [20, 20] }, arena)).summaries;
  return (skiff?.median ?? Number.NaN) / (floor?.median ?? Number.NaN);
}
