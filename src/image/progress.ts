/** Progress of an operation: a line of Docker's JSON stream, told often enough for people and seldom enough for machines. */

/** One line of a JSON progress stream, as Docker words it. */
export interface Progress {
  id?: string;
  status?: string;
  stream?: string;
  progressDetail?: { current?: number; total?: number };
  aux?: object;
}

export type ProgressListener = (progress: Progress) => void;

const INTERVAL_MS = 100;

/** Passes the first call on, and then at most one in each interval. */
export function everySoOften<A extends unknown[]>(tell: (...args: A) => void): (...args: A) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (...args) => {
    const now = performance.now();
    if (now - last < INTERVAL_MS) return;
    last = now;
    tell(...args);
  };
}
