/** How slow the machine is right now, for bounds in milliseconds. */
import { spawnSync } from 'node:child_process';

/** What `node -e 0` takes on a quiet machine of the kind that bounds were set on, at most. */
const USUAL_MS = 50;

/** 1 on such a machine, 3 where processes take three times as long to come up, because of the machine or of others on it. */
export function pace(): number {
  const times = [1, 2, 3].map(() => {
    const began = performance.now();
    spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore', env: {} });
    return performance.now() - began;
  });
  return Math.max(1, (times.sort((a, b) => a - b)[1] ?? 0) / USUAL_MS);
}
