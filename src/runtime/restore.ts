/**
 * After the daemon was away: what became of a task is read from its bundle, its exit file and /proc. A start that was
 * cut short is settled one way or the other: it runs if runc got that far, else nothing is left of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowNano } from '../core/events.ts';
import { readJson, writeJson } from '../core/json-file.ts';
import { step } from '../core/step.ts';
import { findProcess, isAlive, killQuietly, type ProcessName, signalProcess } from '../kernel/process.ts';
import { AttachHub } from './attach/hub.ts';
import { type Bundle, removeBundle, unmountRootfs } from './bundle.ts';
import { type CgroupPaths, openCgroup, pidsIn, removeCgroups } from './cgroup/cgroup.ts';
import { bundleOf, type Manager, runcFor } from './manager.ts';
import { nameRecord, shimOf } from './record.ts';
import { cgroupPaths, removeState } from './runc/state.ts';
import { RunningTask } from './running-task.ts';
import type { Exit, Restored, TaskRecord } from './task.ts';

const SIGKILL = 9;
/** A start that has not been decided by then is ended. */
const SETTLE_MS = 10_000;
/** Nobody knows how it ended: Docker's code for that. */
const UNKNOWN_CODE = 255;

export async function restoreTask(manager: Manager, id: string): Promise<Restored> {
  const known = manager.tasks.get(id);
  if (known) return { task: known };
  return step('runtime.restore', { id }, async () => {
    const bundle = bundleOf(manager, id);
    if (!existsSync(bundle.path)) return undefined;
    const record = readJson<TaskRecord>(bundle.record);
    if (record === undefined || !(record.pid > 0 || (await settle(bundle, record)))) {
      await abandon(manager, bundle, id, record?.runtime ?? manager.defaultRuntime);
      return undefined;
    }
    if (isAlive(shimOf(record))) return { task: adopt(manager, bundle, record) };
    return { exit: await findExit(manager, bundle, record) };
  });
}

/** While its shim lives it runs, or its last output is being saved. */
function adopt(manager: Manager, bundle: Bundle, record: TaskRecord): RunningTask {
  const hub = new AttachHub({ ...record, bundle: bundle.path, limits: manager.feedLimits });
  const runc = runcFor(manager, record.runtime, bundle);
  const task = new RunningTask({ manager, record, bundle, runc, hub });
  manager.tasks.set(record.id, task);
  return task;
}

/**
 * It ended while nobody looked. All that it used is freed; record and exit file stay until `forget`, so that the exit
 * is not lost if the daemon dies once more before it has written it down.
 */
async function findExit(manager: Manager, bundle: Bundle, record: TaskRecord): Promise<Exit> {
  signalProcess(record, SIGKILL);
  const { root } = runcFor(manager, record.runtime, bundle);
  const found = manager.exitFiles.read(record.id) ?? { code: UNKNOWN_CODE, at: nowNano() };
  const paths = cgroupPaths(root, record.id);
  record.oomKilled ??= (openCgroup(paths).oomKills() ?? 0) > 0;
  writeJson(bundle.record, record);
  await freeKernelObjects(root, record.id, paths);
  await unmountRootfs(bundle);
  return { ...found, oomKilled: record.oomKilled };
}

/** The start had not been answered. True, and the record complete, if the process ran. */
async function settle(bundle: Bundle, record: TaskRecord): Promise<boolean> {
  const shim = findShim(bundle, record.id);
  const pidFile = join(bundle.path, 'pid');
  const deadline = Date.now() + SETTLE_MS;
  while (shim && isAlive(shim) && !existsSync(pidFile) && Date.now() < deadline) await sleep(5);
  if (!existsSync(pidFile)) return false;
  nameRecord(record, Number(readFileSync(pidFile, 'latin1')), shim?.pid ?? 0);
  writeJson(bundle.record, record);
  return true;
}

/**
 * Ends a start for good. Without the bundle a shim that comes to life only now (the daemon died while the kernel was
 * starting it) gives up; one that had just read it is found by its command line.
 */
async function abandon(manager: Manager, bundle: Bundle, id: string, runtime: string): Promise<void> {
  await removeBundle(bundle);
  const shim = findShim(bundle, id);
  if (shim) signalProcess(shim, SIGKILL);
  while (shim && isAlive(shim)) await sleep(5);
  const { root } = runcFor(manager, runtime, bundle);
  await freeKernelObjects(root, id, cgroupPaths(root, id));
  manager.exitFiles.remove(id);
}

function findShim(bundle: Bundle, id: string): ProcessName | undefined {
  return findProcess((argv) => argv[0] === 'conmon' && argv.includes(id) && argv.includes(bundle.path));
}

/** Removes what is left of a task that does not run. */
export async function forgetTask(manager: Manager, id: string): Promise<void> {
  const bundle = bundleOf(manager, id);
  if (!existsSync(bundle.path)) return;
  const runtime = readJson<TaskRecord>(bundle.record)?.runtime ?? manager.defaultRuntime;
  const { root } = runcFor(manager, runtime, bundle);
  await freeKernelObjects(root, id, cgroupPaths(root, id));
  await removeBundle(bundle);
  manager.exitFiles.remove(id);
}

async function freeKernelObjects(root: string, id: string, paths: CgroupPaths): Promise<void> {
  for (const pid of pidsIn(openCgroup(paths).main)) killQuietly(pid);
  await removeCgroups(paths);
  removeState(root, id);
}
