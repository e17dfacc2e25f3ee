/** Measures one line: every contender in turns, so that what disturbs the machine disturbs all alike. */
import type { Arena, Line } from './line.ts';
import { type Summary, summarise } from './statistics.ts';

export interface Result {
  line: Pick<Line, 'name' | 'title' | 'unit' | 'better'>;
  summaries: Record<string, Summary>;
  targets: { text: string; met: boolean }[];
}

export async function measure(line: Line, arena: Arena): Promise<Result> {
  const contenders = await line.prepare(arena);
  const samples: Record<string, number[]> = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  const rounds = line.rounds[arena.quick ? 1 : 0];
  try {
    // A sample that does not count: caches, compiled code, pools.
    for (const contender of contenders) if (line.warm !== false) await contender.sample();
    for (let round = 0; round < rounds; round++) {
      arena.progress(`${line.name} ${round + 1}/${rounds}`);
      // Each goes first as often as the others.
      for (const contender of rotated(contenders, round))
        samples[contender.name]?.push(await contender.sample());
    }
  } finally {
    for (const contender of contenders) await contender.close?.();
  }
  return result(line, samples);
}

function result(line: Line, samples: Record<string, number[]>): Result {
  const summaries = Object.fromEntries(
    Object.entries(samples).map(([name, values]) => [name, summarise(values)]),
  );
  const medians = Object.fromEntries(Object.entries(summaries).map(([name, { median }]) => [name, median]));
  const { name, title, unit, better } = line;
  const targets = line.targets.map(({ text, met }) => ({ text, met: met(medians) }));
  return { line: { name, title, unit, better }, summaries, targets };
}

function rotated<T>(items: T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
