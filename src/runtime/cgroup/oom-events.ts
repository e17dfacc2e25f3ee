/**
 * Kills for want of memory in a group of version 2, told when they happen: the kernel notifies of each change of
 * memory.events (cgroup-v2.rst). The shim is of no help there: conmon 2.1.6 listens no more after the first change, which
 * is a limit that was reached, long before anything is killed.
 */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '../../core/errors.ts';
import { readTable } from './files.ts';

const FILE = 'memory.events';

export interface OomWatch {
  /** Looks once more: what happened before the call is told before it returns. */
  close(): void;
}

/** `onKill` gets how many there were in all, and is called at once if that is more than are `known`. */
export function watchOomEvents(directory: string, known: number, onKill: (times: number) => void): OomWatch {
  let told = known;
  const look = () => {
    const times = readTable(directory, FILE).oom_kill ?? 0;
    if (times <= told) return;
    told = times;
    onKill(times);
  };
  const watcher = follow(join(directory, FILE), look);
  look();
  return {
    close: () => {
      watcher?.close();
      look();
    },
  };
}

/** Undefined where the memory controller is not on. */
function follow(file: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(file, { persistent: false }, onChange);
  } catch (error) {
    ignoring('ENOENT')(error);
    return undefined;
  }
}
