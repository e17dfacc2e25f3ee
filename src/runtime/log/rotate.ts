/**
 * Keeps a container's log within maxFiles × maxSize. The file is renamed, then conmon is told to open its name anew;
 * what it writes in between goes into the renamed file, so no line is lost or cut. (conmon's own `--log-size-max`
 * throws the old lines away.)
 */
import { existsSync, type FSWatcher, renameSync, rmSync, statSync, watch } from 'node:fs';
import type { Logger } from 'pino';
import { messageOf } from '../../core/errors.ts';
import { stepSync } from '../../core/step.ts';
import { sendReopenLog } from '../shim/control.ts';
import type { LogTarget } from '../task.ts';

/** Between two looks at the size of a log that grows: bounds what this costs, and by how much a file may overshoot. */
const PAUSE_MS = 200;

export class LogRotation {
  readonly #log: LogTarget;
  readonly #bundle: string;
  readonly #logger: Logger;
  #watcher: FSWatcher | undefined;
  #pause: NodeJS.Timeout | undefined;

  constructor(log: LogTarget, bundle: string, logger: Logger) {
    this.#log = log;
    this.#bundle = bundle;
    this.#logger = logger;
    // A daemon that died between the two steps left conmon writing into the renamed file.
    if (!existsSync(log.path)) sendReopenLog(bundle);
    this.#look();
  }

  close(): void {
    this.#watcher?.close();
    clearTimeout(this.#pause);
  }

  /** Rotates if it is time, then sleeps until the file changes. */
  readonly #look = () => {
    try {
      if (sizeOf(this.#log.path) >= this.#log.maxSize) this.#rotate();
      this.#watch();
    } catch (error) {
      this.#logger.warn({ log: this.#log.path, error: messageOf(error) }, 'the log could not be rotated');
      this.#later();
    }
  };

  #watch(): void {
    if (!existsSync(this.#log.path)) {
      this.#later();
      return;
    }
    this.#watcher = watch(this.#log.path, { persistent: false }, () => {
      this.#watcher?.close();
      this.#later();
    });
  }

  #later(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(this.#look, PAUSE_MS).unref();
  }

  #rotate(): void {
    const { path, maxFiles } = this.#log;
    stepSync('runtime.log.rotate', { path }, () => {
      rmSync(rotatedName(path, maxFiles - 1), { force: true });
      for (let n = maxFiles - 2; n >= 0; n--) {
        if (existsSync(rotatedName(path, n))) renameSync(rotatedName(path, n), rotatedName(path, n + 1));
      }
      sendReopenLog(this.#bundle);
    });
  }
}

/** `path`, `path.1`, `path.2` … from new to old. */
export function rotatedName(path: string, n: number): string {
  return n === 0 ? path : `${path}.${n}`;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
