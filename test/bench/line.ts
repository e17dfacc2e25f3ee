/** A line of the benchmark: one thing measured on every contender, in turns, on one machine in one run. */
import type { Engine } from './engine.ts';
import type { Floor } from './floor.ts';

export interface Arena {
  engines: Engine[];
  floor: Floor;
  /** Folder for what a line needs on disk; removed at the end. */
  work: string;
  quick: boolean;
  /** Aborted when the person at the terminal has had enough. */
  stop: AbortSignal;
  progress(text: string): void;
  /** Something that the reader of the results must know. */
  note(text: string): void;
}

export interface Contender {
  /** `floor`, or an engine's name. */
  name: string;
  /** One measurement, in the line's unit. */
  sample(): Promise<number>;
  close?(): Promise<void>;
}

export interface Target {
  /** As it is printed: `≤ 1.25× floor`. */
  text: string;
  /** Undefined when what it compares with was not measured. */
  met(medians: Record<string, number>): boolean | undefined;
}

export interface Line {
  /** How it is chosen on the command line. */
  name: string;
  title: string;
  unit: 'ms' | 'MB/s' | '/s' | 'MB' | 's' | '×';
  better: 'less' | 'more';
  /** Samples of each contender: in full, and in quick mode. */
  rounds: [full: number, quick: number];
  /** False: there is no first sample that does not count. */
  warm?: boolean;
  /** Seconds that one sample may take before its contender is given up; 120 if absent. */
  patience?: number;
  targets: Target[];
  prepare(arena: Arena): Promise<Contender[]>;
}

/** At most `factor` times what `other` needs. */
export const atMost = (factor: number, other: string): Target => ({
  text: factor === 1 ? `ahead of ${other}` : `≤ ${format(factor)} ${other}`,
  met: (medians) => compare(medians, other, (ours, theirs) => ours <= theirs * factor),
});

export const atLeast = (factor: number, other: string): Target => ({
  text: factor === 1 ? `ahead of ${other}` : `≥ ${format(factor)} ${other}`,
  met: (medians) => compare(medians, other, (ours, theirs) => ours >= theirs * factor),
});

export const below = (limit: number, unit: string): Target => ({
  text: `≤ ${limit} ${unit}`,
  met: ({ skiff }) => (skiff === undefined ? undefined : skiff <= limit),
});

export const above = (limit: number, unit: string): Target => ({
  text: `≥ ${limit} ${unit}`,
  met: ({ skiff }) => (skiff === undefined ? undefined : skiff >= limit),
});

const format = (factor: number) => (factor < 0.9 ? `1/${Number((1 / factor).toFixed(1))} of` : `${factor}×`);

function compare(
  medians: Record<string, number>,
  other: string,
  holds: (ours: number, theirs: number) => boolean,
) {
  const { skiff, [other]: theirs } = medians;
  return skiff === undefined || theirs === undefined ? undefined : holds(skiff, theirs);
}
