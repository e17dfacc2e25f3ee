/**
 * The files of one log, old to new, and a position in them. Files are told apart by inode, as a rotation renames
 * them: what was `log` when it was opened is `log.1` later, and is read to its end before the next is begun.
 */

import { watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { rotatedName } from './rotate.ts';

export interface LogFile {
  handle: FileHandle;
  inode: number;
}

export interface LogWatch {
  /** Resolves when the log may have grown; true once `wake(true)` was called or the signal given. */
  changed(): Promise<boolean>;
  wake(last: boolean): void;
  close(): void;
}

export class LogFiles {
  readonly #path: string;
  /** Old to new. */
  readonly #files: LogFile[];
  #current = 0;
  #position = 0;

  private constructor(path: string, files: LogFile[]) {
    this.#path = path;
    this.#files = files;
  }

  static async open(path: string): Promise<LogFiles> {
    return new LogFiles(path, await openAll(path));
  }

  get files(): readonly LogFile[] {
    return this.#files;
  }

  seek(file: number, position: number): void {
    this.#current = file;
    this.#position = position;
  }

  /** From the position on, which stays where it is. 0 at the end of the file. */
  async read(block: Buffer): Promise<number> {
    const file = this.#files[this.#current];
    if (!file) return 0;
    return (await file.handle.read(block, 0, block.length, this.#position)).bytesRead;
  }

  consume(length: number): void {
    this.#position += length;
  }

  /**
   * Called at the end of a file, where `unread` bytes make no whole record: moves to the next file, unless this one
   * has grown meanwhile in the hands of conmon, which stops writing to it before the new file has its name. False
   * if there is no more.
   */
  async next(unread: number): Promise<boolean> {
    if (this.#current + 1 >= this.#files.length) await this.#findNewer();
    if (this.#current + 1 >= this.#files.length) return false;
    const file = this.#files[this.#current];
    if (file && (await file.handle.stat()).size > this.#position + unread) return true;
    this.#current++;
    this.#position = 0;
    return true;
  }

  watch(signal: AbortSignal): LogWatch {
    const name = basename(this.#path);
    let { promise, resolve } = Promise.withResolvers<void>();
    let last = false;
    const wake = (isLast: boolean) => {
      last ||= isLast;
      resolve();
    };
    const onAbort = () => wake(true);
    const watcher = watch(dirname(this.#path), (_event, changed) => changed === name && wake(false));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    return {
      wake,
      changed: async () => {
        await promise;
        ({ promise, resolve } = Promise.withResolvers<void>());
        return last;
      },
      close: () => {
        watcher.close();
        signal.removeEventListener('abort', onAbort);
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map(({ handle }) => handle.close()));
  }

  /** Appends the files that are newer than the newest known one. */
  async #findNewer(): Promise<void> {
    const newest = this.#files.at(-1);
    const path = await stat(this.#path).catch(() => undefined);
    if (path === undefined || path.ino === newest?.inode) return;
    const all = await openAll(this.#path);
    const known = all.findIndex((file) => file.inode === newest?.inode);
    for (const [index, file] of all.entries()) {
      if (index > known) this.#files.push(file);
      else await file.handle.close();
    }
  }
}

/** New to old, so that a rotation meanwhile shows a file twice rather than never; then each inode once, old to new. */
async function openAll(path: string): Promise<LogFile[]> {
  const found: LogFile[] = [];
  for (let n = 0; ; n++) {
    const handle = await openIfThere(rotatedName(path, n));
    // While conmon has not opened the name anew there is a `.1` and no file without number.
    if (handle === undefined && n > 0) break;
    if (handle === undefined) continue;
    const inode = (await handle.stat()).ino;
    if (found.some((file) => file.inode === inode)) await handle.close();
    else found.push({ handle, inode });
  }
  return found.reverse();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
