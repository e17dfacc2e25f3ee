/**
 * How containers ended: conmon leaves EXIT_DIR/ID, complete by rename. One inotify watch on the directory serves the
 * containers whose shim is no child of ours, that is, those that outlived a former daemon.
 */
import { type FSWatcher, readFileSync, rmSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/errors.ts';

export interface ExitRecord {
  code: number;
  /** Wall clock, nanoseconds. */
  at: bigint;
}

export class ExitFiles {
  readonly #directory: string;
  readonly #waiting = new Map<string, (record: ExitRecord) => void>();
  #watcher: FSWatcher | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  read(id: string): ExitRecord | undefined {
    const path = join(this.#directory, id);
    try {
      const code = Number(readFileSync(path, 'latin1'));
      return {
        code: Number.isInteger(code) ? code & 0xff : 255,
        at: statSync(path, { bigint: true }).mtimeNs,
      };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Resolves when the file is there. The watch stands before the first look, so no exit slips between. */
  waitFor(id: string): Promise<ExitRecord> {
    this.#watcher ??= watch(this.#directory, (_event, name) => name !== null && this.#look(String(name)));
    const { promise, resolve } = Promise.withResolvers<ExitRecord>();
    this.#waiting.set(id, resolve);
    this.#look(id);
    return promise;
  }

  forget(id: string): void {
    this.#waiting.delete(id);
  }

  remove(id: string): void {
    this.forget(id);
    rmSync(join(this.#directory, id), { force: true });
  }

  close(): void {
    this.#watcher?.close();
    this.#waiting.clear();
  }

  #look(id: string): void {
    const resolve = this.#waiting.get(id);
    const record = resolve && this.read(id);
    if (!record) return;
    this.#waiting.delete(id);
    resolve?.(record);
  }
}
