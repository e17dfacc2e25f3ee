/** A queue of bytes in an unlinked file: what a slow client has still to get. Gone with its descriptor, or a crash. */
import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Of the free space of its file system: a client that does not read must not take the room of all others. */
const LARGEST_SHARE = 1 / 4;

export class Spool {
  readonly #fd: number;
  readonly #limit: number;
  #written = 0;
  #read = 0;

  /** Holds at most `limit` bytes. */
  constructor(directory: string, limit: number) {
    const { bavail, bsize } = statfsSync(directory);
    this.#limit = Math.min(limit, bavail * bsize * LARGEST_SHARE);
    const path = join(directory, `spool-${randomBytes(8).toString('hex')}`);
    this.#fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
  }

  get length(): number {
    return this.#written - this.#read;
  }

  /** Throws if they do not fit. */
  push(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#limit) throw new Error('the client is too far behind');
    for (let done = 0; done < bytes.length; ) {
      const count = writeSync(this.#fd, bytes, done, bytes.length - done, this.#written);
      done += count;
      this.#written += count;
    }
  }

  /** Fills `bytes`, which is not longer than what is there. An emptied spool gives its room back. */
  shift(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#fd, bytes, done, bytes.length - done, this.#read);
      done += count;
      this.#read += count;
    }
    if (this.length > 0) return;
    ftruncateSync(this.#fd);
    this.#read = 0;
    this.#written = 0;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
