/** Measures one line: every contender in turns, so that what disturbs the machine disturbs all alike. */
import { messageOf } from '../../src/core/errors.ts';
import type { Arena, Contender, Line } from './line.ts';
import { patiently } from './patience.ts';
import { type Summary, summarise } from './statistics.ts';

export interface Result {
  line: Pick<Line, 'name' | 'title' | 'unit' | 'better'>;
  summaries: Record<string, Summary>;
  targets: { text: string; met: boolean }[];
}

export async function measure(line: Line, arena: Arena): Promise<Result> {
  const contenders = await line.prepare(arena);
  const samples = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  const rounds = line.rounds[arena.quick ? 1 : 0];
  const take = async (contender: Contender, counts: boolean) => {
    try {
      const value = await patiently(contender.sample(), line.patience, arena.stop);
      if (counts) samples.get(contender.name)?.push(value);
    } catch (error) {
      if (arena.stop.aborted) return;
      // It is out of this line; the others go on.
      contenders.splice(contenders.indexOf(contender), 1);
      await close(contender, arena);
      arena.note(`${line.name}: ${contender.name} failed: ${messageOf(error)}`);
    }
  };
  try {
    // A sample that does not count: caches, compiled code, pools.
    if (line.warm !== false) for (const contender of [...contenders]) await take(contender, false);
    for (let round = 0; round < rounds && !arena.stop.aborted; round++) {
      arena.progress(`${line.name} ${round + 1}/${rounds}`);
      // Each goes first as often as the others.
      for (const contender of rotated(contenders, round)) await take(contender, true);
    }
  } finally {
    for (const contender of contenders) await close(contender, arena);
  }
  return result(line, samples);
}

/** What an engine that hangs has left goes with the engine. */
async function close(contender: Contender, { note }: Arena): Promise<void> {
  await patiently(contender.close?.() ?? Promise.resolve()).catch((error) =>
    note(`${contender.name} cannot clean up: ${messageOf(error)}`),
  );
}

function result(line: Line, samples: Map<string, number[]>): Result {
  const measured = [...samples].filter(([, values]) => values.length > 0);
  const summaries = Object.fromEntries(measured.map(([name, values]) => [name, summarise(values)]));
  const medians = Object.fromEntries(Object.entries(summaries).map(([name, { median }]) => [name, median]));
  const { name, title, unit, better } = line;
  const targets = line.targets.flatMap(({ text, met }) => {
    const outcome = met(medians);
    return outcome === undefined ? [] : [{ text, met: outcome }];
  });
  return { line: { name, title, unit, better }, summaries, targets };
}

function rotated<T>(items: T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
