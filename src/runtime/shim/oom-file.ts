/**
 * conmon makes an empty file `oom` in its working directory, the bundle, whenever the kernel kills in the container's
 * control group of version 1 for want of memory. Taking the file away shows the next time, too.
 */
import { unlinkSync, watch } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import type { OomWatch } from '../cgroup/oom-events.ts';

const NAME = 'oom';

/** `onKill` is called at once if it has happened already. */
export function watchOomFile(bundle: string, onKill: () => void): OomWatch {
  const look = () => takeAway(join(bundle, NAME)) && onKill();
  const watcher = watch(bundle, { persistent: false }, (_event, name) => name === NAME && look());
  look();
  return {
    close: () => {
      watcher.close();
      look();
    },
  };
}

function takeAway(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
