/**
 * Keeps a container's log within maxFiles × maxSize. The file is renamed, then conmon is told to open its name anew;
 * what it writes in between goes into the renamed file, so no line is lost or cut. (conmon's own `--log-size-max`
 * throws the old lines away.)
 */
import { existsSync, type FSWatcher, renameSync, statSync, unlink, watch } from 'node:fs';
import type { Logger } from 'pino';
import { errnoOf, messageOf } from '../../core/errors.ts';
import { stepSync } from '../../core/step.ts';
import { sendReopenLog } from '../shim/control.ts';
import type { LogTarget } from '../task.ts';

/** Between two looks at a log that grows: as long as it may take to fill the file at its pace, within these bounds. */
const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 500;
/** Bytes in a millisecond that a log is taken to grow at before anything is known of it. */
const UNKNOWN_PACE = 200_000;

export class LogRotation {
  readonly #log: LogTarget;
  readonly #bundle: string;
  readonly #logger: Logger;
  #watcher: FSWatcher | undefined;
  #pause: NodeJS.Timeout | undefined;
  #seen: { size: number; at: number } | undefined;

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

  /** Rotates if it is time, then waits for the file to change: a silent container costs nothing. */
  readonly #look = () => {
    const size = sizeOf(this.#log.path);
    const pause = this.#pauseAt(size);
    try {
      if (size >= this.#log.maxSize) this.#rotate();
      this.#watcher = watch(this.#log.path, { persistent: false }, () => {
        this.#watcher?.close();
        this.#later(pause);
      });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#warn(error);
      this.#later(pause);
    }
  };

  #later(pause: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(this.#look, pause).unref();
  }

  #pauseAt(size: number): number {
    const at = performance.now();
    const before = this.#seen;
    this.#seen = { size, at };
    const pace = before ? Math.max(0, size - before.size) / (at - before.at) : UNKNOWN_PACE;
    const left = Math.max(0, this.#log.maxSize - size) / Math.max(pace, 1);
    return Math.max(SHORTEST_PAUSE_MS, Math.min(left / 2, LONGEST_PAUSE_MS));
  }

  /** Gives up the name now and the blocks in a thread: the kernel takes up to 15 ms to free 10 MB. */
  #discard(path: string): void {
    if (!existsSync(path)) return;
    const discarded = `${this.#log.path}.discarded`;
    renameSync(path, discarded);
    unlink(discarded, (error) => error && errnoOf(error) !== 'ENOENT' && this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#logger.warn({ log: this.#log.path, error: messageOf(error) }, 'the log could not be rotated');
  }

  #rotate(): void {
    const { path, maxFiles } = this.#log;
    stepSync('runtime.log.rotate', { path }, () => {
      this.#discard(rotatedName(path, maxFiles - 1));
      for (let n = maxFiles - 2; n >= 0; n--) {
        if (existsSync(rotatedName(path, n))) renameSync(rotatedName(path, n), rotatedName(path, n + 1));
      }
      sendReopenLog(this.#bundle);
      this.#seen = undefined;
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
