/** Start, step by step: bundle → shim → runc → record. Whatever fails, nothing is left. */
import { basename, join } from 'node:path';
import { conflict, invalidArgument, messageOf } from '../core/errors.ts';
import { writeJson } from '../core/json-file.ts';
import { apart, step, stepSync } from '../core/step.ts';
import { type Undo, withUndo } from '../core/undo.ts';
import { killQuietly } from '../kernel/process.ts';
import { AttachHub } from './attach/hub.ts';
import { type Bundle, createBundle, writeConfig } from './bundle.ts';
import { openCgroup, parentOf, pidsIn, removeCgroups } from './cgroup/cgroup.ts';
import { expectMove } from './cgroup/expect-move.ts';
import { bundleOf, type Manager, runcFor } from './manager.ts';
import type { OciSpec } from './oci.ts';
import { nameRecord, unstartedRecord } from './record.ts';
import { forgetTask } from './restore.ts';
import { type RuncAt, runArgv } from './runc/argv.ts';
import { awaitProgram } from './runc/await-program.ts';
import { createFailure } from './runc/error.ts';
import { cgroupPaths, removeState } from './runc/state.ts';
import { RunningTask } from './running-task.ts';
import { type StartedShim, startConmon } from './shim/conmon.ts';
import { endLostInits } from './shim/lost-runtime.ts';
import type { Attachment, AttachRequest, TaskRequest } from './task.ts';

export interface StartedTask {
  task: RunningTask;
  attachments: Attachment[];
}

export async function startTask(
  manager: Manager,
  request: TaskRequest,
  attach: AttachRequest[],
): Promise<StartedTask> {
  const { id } = request;
  if (manager.tasks.has(id)) throw conflict(`container ${id} has a task already`);
  return step('runtime.start', { id }, () =>
    manager.launches.run(() => withUndo((undo) => start(manager, request, attach, undo))),
  );
}

async function start(
  manager: Manager,
  request: TaskRequest,
  attach: AttachRequest[],
  undo: Undo,
): Promise<StartedTask> {
  expectMove();
  const { id, terminal, stdin } = request;
  const runtime = request.runtime ?? manager.defaultRuntime;
  const bundle = bundleOf(manager, id);
  const runc = runcFor(manager, runtime, bundle);
  if (request.log?.path.includes(':'))
    throw invalidArgument(`the shim takes no log path with a colon: ${request.log.path}`);
  await forgetTask(manager, id);
  stepSync('runtime.bundle.create', { id, path: bundle.path }, () =>
    createBundle(bundle.path, request.rootfs, undo),
  );
  const spec = await step('runtime.spec', { id }, () => request.spec(bundle.rootfs));
  writeConfig(bundle, withCgroup(spec, manager, id));
  const record = unstartedRecord(runtime, request, spec);
  writeJson(bundle.record, record);
  const hub = new AttachHub({ ...request, bundle: bundle.path, limits: manager.feedLimits });
  undo.push(() => hub.close());
  const attachments: Attachment[] = [];
  const shim = stepSync('runtime.shim.spawn', { id }, () =>
    startConmon(manager.children, {
      ...{ id, terminal, stdin, runtime: runc, bundle: bundle.path },
      ...{ conmon: manager.conmon, exitDir: manager.exitDir },
      wrapper: attach.length > 0 || basename(runc.path) !== 'runc' ? manager.wrapper : undefined,
      leaveStdinOpen: !request.stdinOnce || terminal,
      logPath: request.log?.path,
      environment: request.annotations ?? {},
      beforeRun:
        attach.length === 0
          ? undefined
          : () => void attachments.push(...attach.map((one) => hub.attach(one))),
    }),
  );
  undo.push(() => endShim(shim, runc, id));
  const pid = await step('runtime.runc.run', { id, argv: runArgv(runc, bundle.path, id).join(' ') }, () =>
    awaitRunning(shim, bundle),
  );
  nameRecord(record, pid, shim.child.pid);
  stepSync('runtime.record.write', { id, pid }, () => writeJson(bundle.record, record));
  const task = new RunningTask({ manager, record, bundle, runc, hub, shim: shim.child });
  manager.tasks.set(id, task);
  void apart(() => task.hideRoot());
  return { task, attachments };
}

/** Without a cgroup path of its own the container goes below the instance's group. */
function withCgroup(spec: OciSpec, { instance }: Manager, id: string): OciSpec {
  if (spec.linux.cgroupsPath) return spec;
  return { ...spec, linux: { ...spec.linux, cgroupsPath: join(parentOf(instance), id) } };
}

/** Throws StartError; the shim has ended then. */
async function awaitRunning(shim: StartedShim, bundle: Bundle): Promise<number> {
  const stopLooking = endLostInits(shim.child.pid);
  const report = await shim.report
    .catch((error: unknown) => ({ failure: messageOf(error) }))
    .finally(stopLooking);
  if ('pid' in report) {
    await awaitProgram(report.pid);
    return report.pid;
  }
  await shim.child.exited;
  throw createFailure(bundle.runcLog, report.failure);
}

/** Whatever state it is in: the shim, the runtime that dies with it, the container, and what runc has on record. */
async function endShim(shim: StartedShim, runc: RuncAt, id: string): Promise<void> {
  const paths = cgroupPaths(runc.root, id);
  for (const pid of pidsIn(openCgroup(paths).main)) killQuietly(pid);
  shim.child.kill();
  await shim.child.exited;
  await removeCgroups(paths);
  removeState(runc.root, id);
}
