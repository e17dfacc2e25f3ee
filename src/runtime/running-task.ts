/** A running container: the contract's Task over its bundle, its shim, and its control groups. */
import { conflict, messageOf } from '../core/errors.ts';
import { nowNano } from '../core/events.ts';
import { writeJson } from '../core/json-file.ts';
import { type StepAttributes, step, stepSync } from '../core/step.ts';
import { killQuietly, signalProcess } from '../kernel/process.ts';
import type { Child } from '../kernel/spawn.ts';
import type { AttachHub } from './attach/hub.ts';
import { type Bundle, removeBundle } from './bundle.ts';
import {
  type Cgroup,
  type CgroupPaths,
  openCgroup,
  pidsIn,
  removeCgroups,
  unifiedGroup,
} from './cgroup/cgroup.ts';
import { type OomWatch, watchOomEvents } from './cgroup/oom-events.ts';
import { updateCgroup } from './cgroup/update.ts';
import { startExec } from './exec/exec.ts';
import { LogRotation } from './log/rotate.ts';
import type { Manager } from './manager.ts';
import type { OciResources } from './oci.ts';
import { RootHold } from './root-hold.ts';
import { deleteArgv, killArgv, pauseArgv, type RuncAt, resumeArgv } from './runc/argv.ts';
import { cgroupPaths, removeState } from './runc/state.ts';
import { updateResources } from './runc/update.ts';
import { awaitExit } from './shim/await-exit.ts';
import { sendResize } from './shim/control.ts';
import { watchOomFile } from './shim/oom-file.ts';
import type {
  Attachment,
  AttachRequest,
  ExecProcess,
  ExecRequest,
  Exit,
  Task,
  TaskRecord,
  TaskStats,
} from './task.ts';

export interface RunningTaskParts {
  manager: Manager;
  record: TaskRecord;
  bundle: Bundle;
  runc: RuncAt;
  hub: AttachHub;
  /** The shim, if it is a child of this process. */
  shim?: Child;
}

export class RunningTask implements Task {
  readonly id: string;
  readonly pid: number;
  readonly startedAt: bigint;
  readonly terminal: boolean;
  readonly exited: Promise<Exit>;
  readonly #parts: RunningTaskParts;
  readonly #root: RootHold;
  readonly #rotation: LogRotation | undefined;
  readonly #oomListeners: (() => void)[] = [];
  #oomWatch: OomWatch | undefined;
  #paths: CgroupPaths | undefined;
  #hasExited = false;
  #hidden: Promise<void> | undefined;
  #deleted: Promise<void> | undefined;

  constructor(parts: RunningTaskParts) {
    const { record, bundle, manager } = parts;
    this.#parts = parts;
    this.#root = new RootHold(record.pid);
    this.id = record.id;
    this.pid = record.pid;
    this.startedAt = BigInt(record.startedAt);
    this.terminal = record.terminal;
    if (record.log) this.#rotation = new LogRotation(record.log, bundle.path, manager.logger);
    this.exited = this.#awaitExit();
  }

  async attach(request: AttachRequest): Promise<Attachment> {
    return stepSync('runtime.attach', { id: this.id }, () => this.#parts.hub.attach(request));
  }

  async exec(request: ExecRequest): Promise<ExecProcess> {
    const { manager, bundle, runc } = this.#parts;
    return step('runtime.exec', { id: this.id, exec: request.id }, () =>
      startExec({ manager, bundle, runc, taskId: this.id }, request),
    );
  }

  /** A process that is gone is no error: its exit is on its way. */
  kill(signal: number): void {
    const { record, runc } = this.#parts;
    stepSync('runtime.kill', this.#attributes(killArgv(runc, this.id, signal)), () =>
      signalProcess(record, signal),
    );
  }

  /** Does nothing without a terminal, as containerd's shim. */
  async resize(height: number, width: number): Promise<void> {
    if (this.terminal) sendResize(this.#parts.bundle.path, height, width);
  }

  pause(): Promise<void> {
    return step('runtime.pause', this.#attributes(pauseArgv(this.#parts.runc, this.id)), async () => {
      await this.#cgroup().freeze();
      if (this.cgroups().freezer) this.#parts.manager.frozenGroup.keep();
    });
  }

  resume(): Promise<void> {
    return step('runtime.resume', this.#attributes(resumeArgv(this.#parts.runc, this.id)), () =>
      this.#cgroup().thaw(),
    );
  }

  async update(resources: OciResources): Promise<void> {
    const { record, bundle, runc } = this.#parts;
    try {
      if (Object.values(resources).some((part) => part !== undefined))
        await updateResources(runc, this.id, resources);
      updateCgroup(this.cgroups(), resources);
    } catch (error) {
      throw this.#hasExited ? conflict(`container ${this.id} has ended`, error) : error;
    }
    if (this.#hasExited) return;
    if (record.memoryLimited || resources.memory?.limit === undefined) return;
    record.memoryLimited = true;
    writeJson(bundle.record, record);
    this.#watchOom();
  }

  onOom(listener: () => void): void {
    this.#oomListeners.push(listener);
    this.#watchOom();
  }

  pids(): number[] {
    return pidsIn(this.#cgroup().main);
  }

  stats(): TaskStats {
    return this.#cgroup().stats();
  }

  cgroups(): CgroupPaths {
    this.#paths ??= cgroupPaths(this.#parts.runc.root, this.id);
    return this.#paths;
  }

  delete(): Promise<void> {
    if (!this.#hasExited) return Promise.reject(conflict(`container ${this.id} is running: stop it first`));
    this.#deleted ??= step('runtime.delete', this.#attributes(deleteArgv(this.#parts.runc, this.id)), () =>
      this.#delete(),
    );
    return this.#deleted;
  }

  /** Takes the root filesystem from the host's table of mounts, where nothing needs it once the process runs. */
  hideRoot(): Promise<void> {
    const { manager, bundle } = this.#parts;
    this.#hidden = step('runtime.rootfs.hide', { id: this.id }, () => this.#root.hide(bundle)).catch(
      (error) =>
        manager.logger.warn({ task: this.id, error: messageOf(error) }, 'the root filesystem stays mounted'),
    );
    return this.#hidden;
  }

  /** Lets go of it without touching the container. */
  release(): void {
    this.#closeWatches();
    void this.#root.close();
    this.#parts.hub.close();
    this.#parts.manager.exitFiles.forget(this.id);
  }

  /** `instead`: what a person would have typed for it. */
  #attributes(instead: string[]): StepAttributes {
    return { id: this.id, instead: instead.join(' ') };
  }

  #closeWatches(): void {
    this.#rotation?.close();
    this.#oomWatch?.close();
    this.#oomWatch = undefined;
  }

  /** Without a limit of its own the kernel never kills in its group alone, and nobody needs to look. */
  #watchOom(): void {
    const { record, bundle } = this.#parts;
    if (!record.memoryLimited || this.#hasExited || this.#oomListeners.length === 0) return;
    const tell = () => {
      for (const listener of this.#oomListeners) listener();
    };
    const group = unifiedGroup(this.cgroups());
    this.#oomWatch ??=
      group === undefined
        ? watchOomFile(bundle.path, tell)
        : watchOomEvents(group, record.oomKills ?? 0, (times) => {
            record.oomKills = times;
            this.#store();
            tell();
          });
  }

  /** From the event loop, where nobody could be told: a daemon that comes later counts these kills once more. */
  #store(): void {
    const { record, bundle, manager } = this.#parts;
    try {
      writeJson(bundle.record, record);
    } catch (error) {
      manager.logger.warn({ task: this.id, error: messageOf(error) }, 'a count of OOM kills is not stored');
    }
  }

  #cgroup(): Cgroup {
    return openCgroup(this.cgroups());
  }

  async #awaitExit(): Promise<Exit> {
    const { manager, record, shim } = this.#parts;
    const { code, at } = await awaitExit(manager, record, shim);
    const oomKilled = this.#wasOomKilled();
    this.#hasExited = true;
    this.#closeWatches();
    return { code, at: at > this.startedAt ? at : nowNano(), oomKilled };
  }

  /** An exit is never lost for want of this detail. */
  #wasOomKilled(): boolean {
    try {
      return (this.#cgroup().oomKills() ?? 0) > 0;
    } catch (error) {
      this.#parts.manager.logger.warn({ task: this.id, error: messageOf(error) }, 'no count of OOM kills');
      return false;
    }
  }

  async #delete(): Promise<void> {
    const { manager, bundle, runc } = this.#parts;
    const paths = this.cgroups();
    // With the host's pid namespace, or another's, the kernel does not end the rest when the first process ends.
    for (const pid of pidsIn(openCgroup(paths).main)) killQuietly(pid);
    await removeCgroups(paths);
    removeState(runc.root, this.id);
    // The next start of the container mounts at the same place: what is still to be unmounted there is ours.
    await this.#hidden;
    await this.#root.close();
    // Clients may still be taking the last output: it waits outside of the bundle.
    await removeBundle(bundle);
    manager.exitFiles.remove(this.id);
    manager.tasks.delete(this.id);
  }
}
