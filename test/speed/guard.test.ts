/**
 * Guards the speed of a start and of exec: as ratios to runc alone in the same minutes, with bounds so wide that a
 * busy machine stays below them and a doubling does not.
 */
import t from 'tap';
import { withArena } from '../bench/arena.ts';
import type { Line } from '../bench/line.ts';
import { exec } from '../bench/lines/exec.ts';
import { startNone } from '../bench/lines/start.ts';
import { measure } from '../bench/measure.ts';
import { requires } from '../harness/requires.ts';

const BOUNDS: [line: Line, factor: number][] = [
  [startNone, 1.9],
  [exec, 1.7],
];

const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');
t.setTimeout(120_000);
t.test('no slower than it was', { skip, timeout: 110_000 }, async (t) => {
  // Docker is there for its config.json alone.
  await withArena(
    { engines: ['docker', 'skiff'], quick: false, progress: () => {}, note: t.comment },
    async (arena) => {
      const alone = { ...arena, engines: arena.engines.filter(({ name }) => name === 'skiff') };
      for (const [line, factor] of BOUNDS) {
        const { summaries } = await measure({ ...line, rounds: [20, 20] }, alone);
        // The least of each says most of the code, and least of what else the machine did.
        const ratio = (summaries.skiff?.min ?? Number.NaN) / (summaries.floor?.min ?? Number.NaN);
        const medians = (summaries.skiff?.median ?? Number.NaN) / (summaries.floor?.median ?? Number.NaN);
        t.ok(
          ratio <= factor,
          `${line.title}: ${ratio.toFixed(2)}× runc (of medians ${medians.toFixed(2)}×), at most ${factor}×`,
        );
      }
    },
  );
});
