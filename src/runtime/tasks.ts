/** Opens the runtime layer: containerd's part of the chain. Read this first, then start.ts and running-task.ts. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { invalidArgument } from '../core/errors.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import { Limit } from '../core/limit.ts';
import { findProgram } from '../kernel/program.ts';
import { Children } from '../kernel/spawn.ts';
import { DEFAULT_FEED_LIMITS } from './attach/feed.ts';
import { removeTraces } from './bundle.ts';
import { removeEmptyParents } from './cgroup/cgroup.ts';
import { FrozenGroup } from './cgroup/frozen-group.ts';
import type { Manager, RuntimeProgram } from './manager.ts';
import { forgetTask, restoreTask } from './restore.ts';
import { ExitFiles } from './shim/exit-files.ts';
import { writeWrapper } from './shim/wrapper.ts';
import { startTask } from './start.ts';
import { sweepTasks } from './sweep.ts';
import type { Tasks } from './task.ts';
import { closeVolatile, openVolatile } from './volatile-folder.ts';

export interface TasksOptions {
  /** On tmpfs: bundles, runc's state, exit files, sockets. */
  execRoot: string;
  /** ≤ 8 characters [a-z0-9]: names the cgroup parent. */
  instance: string;
  /** By name, besides `runc` where Debian has it. */
  runtimes?: Record<string, RuntimeProgram>;
  /** Default `runc`. */
  defaultRuntime?: string;
  /** The shim program. */
  conmon?: string;
  logger: Logger;
  /** Bytes a client may be behind, in memory and in the spool file, before it is dropped. */
  feed?: { memory?: number; spool?: number };
}

export async function openTasks(options: TasksOptions): Promise<Tasks> {
  const manager = openManager(options);
  await removeTraces(join(options.execRoot, 'bundles'));
  return {
    start: (request, attach = []) => manager.locks.run(request.id, () => startTask(manager, request, attach)),
    get: (id) => manager.tasks.get(id),
    restore: (id) => manager.locks.run(id, () => restoreTask(manager, id)),
    forget: (id) =>
      manager.locks.run(id, async () => {
        if (!manager.tasks.has(id)) await forgetTask(manager, id);
      }),
    sweep: () => sweepTasks(manager),
    close: async () => {
      for (const task of manager.tasks.values()) task.release();
      manager.exitFiles.close();
      manager.children.close();
      for (const { path } of foldersOf(manager)) closeVolatile(path);
      manager.frozenGroup.close();
      removeEmptyParents(manager.instance);
    },
  };
}

/** As Docker knows it: by itself, and by the shim that containerd would give it. */
export const RUNC_NAMES = ['runc', 'io.containerd.runc.v2'];

function openManager(options: TasksOptions): Manager {
  const { execRoot, instance, logger } = options;
  const runc = { path: findProgram('runc') };
  const runtimes = { ...Object.fromEntries(RUNC_NAMES.map((name) => [name, runc])), ...options.runtimes };
  const defaultRuntime = options.defaultRuntime ?? 'runc';
  if (!(defaultRuntime in runtimes)) {
    throw invalidArgument(`specified default runtime '${defaultRuntime}' does not exist`);
  }
  const exitDir = join(execRoot, 'exits');
  const wrapper = join(execRoot, 'runc-run');
  for (const { path, mode } of foldersOf({ execRoot, exitDir, runtimes })) openVolatile(path, mode);
  writeWrapper(wrapper);
  return {
    execRoot,
    instance,
    runtimes,
    defaultRuntime,
    conmon: options.conmon ?? findProgram('conmon'),
    wrapper,
    exitDir,
    logger,
    children: new Children(),
    exitFiles: new ExitFiles(exitDir),
    frozenGroup: new FrozenGroup(instance),
    launches: new Limit(availableParallelism()),
    feedLimits: { ...DEFAULT_FEED_LIMITS, spoolDirectory: execRoot, ...options.feed },
    tasks: new Map(),
    locks: new KeyedLock(),
  };
}

function foldersOf({ execRoot, exitDir, runtimes }: Pick<Manager, 'execRoot' | 'exitDir' | 'runtimes'>) {
  return [
    { path: join(execRoot, 'bundles'), mode: 0o711 },
    { path: exitDir, mode: 0o711 },
    ...Object.keys(runtimes).map((name) => ({ path: join(execRoot, 'runc', name), mode: 0o700 })),
  ];
}
