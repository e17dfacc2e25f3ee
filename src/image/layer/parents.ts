/**
 * The directories that entries are made in. Those last used are held open, for archives name the files of a directory
 * one after the other; so many and no more, however many an archive has.
 */
import { closeSync, fstatSync } from 'node:fs';
import { errnoOf, ignoring } from '../../core/errors.ts';
import { cstring, mkdirAt, O, openInRoot, utimesAt } from '../../kernel/path.ts';
import { splitName } from './safe-path.ts';

const KEPT = 64;

interface Held {
  fd: number;
  /** Absent unless times are kept. */
  before?: { inode: bigint; mtime: bigint };
}

export interface ParentOptions {
  /** A directory has the same time after something was made in it: it gets it back when it is let go. */
  keepTimes?: boolean;
}

export class ParentDirectories {
  readonly #root: number;
  readonly #keepTimes: boolean;
  readonly #held = new Map<string, Held>();
  /** Paths of those held: one directory may have two names, one of them through a link. */
  readonly #paths = new Map<bigint, string>();

  /** `root`: a descriptor of the layer's directory; stays the caller's, and its time as it becomes. */
  constructor(root: number, { keepTimes = false }: ParentOptions = {}) {
    this.#root = root;
    this.#keepTimes = keepTimes;
  }

  /** A descriptor (O_PATH) that stays this object's. Directories that are missing on the way are made, 0755. */
  open(path: string): number {
    if (path === '') return this.#root;
    const held = this.#held.get(path);
    if (held) return held.fd;
    const fd = this.#openOrMake(path);
    this.#hold(path, fd);
    if (this.#held.size > KEPT) this.#releaseOldest();
    return fd;
  }

  /** After something that may have been a parent was replaced. `inUse`: a descriptor that stays open, and known. */
  forget(inUse?: number): void {
    for (const [path, { fd }] of this.#held) if (fd !== inUse) this.#release(path);
  }

  close(): void {
    for (const { fd } of this.#held.values()) closeSync(fd);
    this.#held.clear();
    this.#paths.clear();
  }

  #openOrMake(path: string): number {
    const flags = O.PATH | O.DIRECTORY;
    try {
      return openInRoot(this.#root, cstring(path), flags);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    const { parent, base } = splitName(path);
    makeIfMissing(this.open(parent), base);
    return openInRoot(this.#root, cstring(path), flags);
  }

  #hold(path: string, fd: number): void {
    if (!this.#keepTimes) {
      this.#held.set(path, { fd });
      return;
    }
    const { ino: inode, mtimeNs } = fstatSync(fd, { bigint: true });
    const twin = this.#paths.get(inode);
    const known = twin === undefined ? undefined : this.#held.get(twin)?.before;
    if (twin !== undefined) this.#release(twin);
    this.#held.set(path, { fd, before: { inode, mtime: known?.mtime ?? mtimeNs } });
    this.#paths.set(inode, path);
  }

  #releaseOldest(): void {
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#release(oldest);
  }

  #release(path: string): void {
    const held = this.#held.get(path);
    if (!held) return;
    this.#held.delete(path);
    try {
      if (held.before) this.#settle(held.fd, held.before);
    } finally {
      closeSync(held.fd);
    }
  }

  #settle(fd: number, { inode, mtime }: NonNullable<Held['before']>): void {
    this.#paths.delete(inode);
    try {
      utimesAt(fd, '.', mtime);
    } catch (error) {
      // A later entry has taken its place.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** Somebody else may make it first. If what is there is a link that leads nowhere, opening it fails with ENOENT. */
function makeIfMissing(dir: number, name: string): void {
  try {
    mkdirAt(dir, cstring(name), 0o755);
  } catch (error) {
    ignoring('EEXIST')(error);
  }
}
