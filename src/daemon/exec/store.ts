/** The execs of containers that run. They live in memory: an exec does not outlive its daemon's knowledge of it. */
import { type Exec, noSuchExec } from './exec.ts';

/** How long the result of one that has ended can still be asked for, as dockerd keeps it. */
const KEPT_AFTER_EXIT = 5 * 60_000;

export class ExecStore {
  readonly #execs = new Map<string, Exec>();

  add(exec: Exec): void {
    this.#execs.set(exec.id, exec);
  }

  get(id: string): Exec {
    const exec = this.#execs.get(id);
    if (!exec) throw noSuchExec(id);
    return exec;
  }

  of(containerId: string): Exec[] {
    return [...this.#execs.values()].filter((exec) => exec.containerId === containerId);
  }

  /** Its result stays for a while, for clients that inspect after the stream has ended. */
  ended(exec: Exec): void {
    setTimeout(() => this.#execs.delete(exec.id), KEPT_AFTER_EXIT).unref();
  }

  /** The container has ended: those that never ran never will. */
  containerEnded(containerId: string): void {
    for (const exec of this.of(containerId)) {
      if (exec.status === 'created') this.#execs.delete(exec.id);
    }
  }

  containerRemoved(containerId: string): void {
    for (const { id } of this.of(containerId)) this.#execs.delete(id);
  }
}
