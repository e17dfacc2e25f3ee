/** What is told of the samples of a contender. */
export interface Summary {
  median: number;
  p95: number;
  min: number;
  samples: number[];
}

export function summarise(samples: number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    min: sorted[0] ?? Number.NaN,
    samples,
  };
}

/** `sorted` ascending; between two samples the nearer part of both. */
export function quantile(sorted: number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
