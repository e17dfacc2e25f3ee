/**
 * The files of one log, old to new, and a position in them. Files are told apart by inode, as a rotation renames
 * them: what was `log` when it was opened is `log.1` later, and is read to its end before the next is begun. Names are
 * looked up synchronously, as they are renamed: so a rotation is seen done or not begun, never with a name vacant.
 */

import { closeSync, fstatSync, openSync, read, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/errors.ts';
import { rotatedName } from './rotate.ts';

export interface LogFile {
  fd: number;
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

  static open(path: string): LogFiles {
    return new LogFiles(path, openAll(path));
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
    return readAt(file, block, this.#position);
  }

  consume(length: number): void {
    this.#position += length;
  }

  /**
   * Called at the end of a file, where `unread` bytes make no whole record: moves to the next file, unless this one
   * has grown meanwhile in the hands of conmon, which stops writing to it before the new file has its name. False
   * if there is no more.
   */
  next(unread: number): boolean {
    if (this.#current + 1 >= this.#files.length) this.#findNewer();
    if (this.#current + 1 >= this.#files.length) return false;
    const file = this.#files[this.#current];
    if (file && sizeOf(file) > this.#position + unread) return true;
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

  close(): void {
    for (const { fd } of this.#files) closeSync(fd);
  }

  /** Appends the files that are newer than the newest known one; there may be some though the name is vacant. */
  #findNewer(): void {
    const newest = this.#files.at(-1);
    if (newest && statSync(this.#path, { throwIfNoEntry: false })?.ino === newest.inode) return;
    const all = openAll(this.#path);
    const known = all.findIndex((file) => file.inode === newest?.inode);
    for (const [index, file] of all.entries()) {
      if (index > known) this.#files.push(file);
      else closeSync(file.fd);
    }
  }
}

const readFd = promisify(read);

/** From a position on; the number of bytes, 0 at the end. */
export async function readAt(file: LogFile, block: Buffer, position: number): Promise<number> {
  return (await readFd(file.fd, block, 0, block.length, position)).bytesRead;
}

export function sizeOf(file: LogFile): number {
  return fstatSync(file.fd).size;
}

function openAll(path: string): LogFile[] {
  const files: LogFile[] = [];
  for (let n = 0; ; n++) {
    const fd = openIfThere(rotatedName(path, n));
    // While conmon has not opened the name anew there is a `.1` and no file without number.
    if (fd === undefined && n > 0) return files.reverse();
    if (fd !== undefined) files.push({ fd, inode: fstatSync(fd).ino });
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
