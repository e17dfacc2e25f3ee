/** Progress that is told often enough for people and seldom enough for machines. */
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
