/** What the operations on tasks share: options, open resources, and the tasks that run. Handed to each by argument. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { invalidArgument } from '../core/errors.ts';
import type { KeyedLock } from '../core/keyed-lock.ts';
import type { Limit } from '../core/limit.ts';
import type { Children } from '../kernel/spawn.ts';
import type { FeedLimits } from './attach/feed.ts';
import { type Bundle, bundleAt } from './bundle.ts';
import type { FrozenGroup } from './cgroup/frozen-group.ts';
import type { RuncAt } from './runc/argv.ts';
import type { RunningTask } from './running-task.ts';
import type { ExitFiles } from './shim/exit-files.ts';

export interface RuntimeProgram {
  /** Absolute path of a program that speaks runc's command line. */
  path: string;
}

export interface Manager {
  execRoot: string;
  instance: string;
  runtimes: Record<string, RuntimeProgram>;
  defaultRuntime: string;
  conmon: string;
  wrapper: string;
  exitDir: string;
  logger: Logger;
  children: Children;
  exitFiles: ExitFiles;
  frozenGroup: FrozenGroup;
  launches: Limit;
  feedLimits: FeedLimits;
  tasks: Map<string, RunningTask>;
  locks: KeyedLock;
}

export function bundleOf(manager: Manager, id: string): Bundle {
  return bundleAt(join(manager.execRoot, 'bundles', id));
}

/** Throws `invalid-argument` in Docker's words for a runtime that is not configured. */
export function runcFor(manager: Manager, runtime: string, bundle: Bundle): RuncAt {
  const program = manager.runtimes[runtime];
  if (program === undefined) throw invalidArgument(`unknown or invalid runtime name: ${runtime}`);
  return { path: program.path, root: join(manager.execRoot, 'runc', runtime), log: bundle.runcLog };
}
