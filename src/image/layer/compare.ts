/** Compares an unpacked layer with its archive, entry by entry: the other use of the ring (apply-worker.ts). */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { S } from '../../kernel/node.ts';
import { cstring, O, openAt, openInRoot, readlinkAt } from '../../kernel/path.ts';
import type { TarEntry } from '../tar/header.ts';
import type { TarSink } from '../tar/reader.ts';
import { cleanName, shown, splitName } from './safe-path.ts';
import { strangersIn } from './strangers.ts';
import { isWhiteoutName, META_PREFIX, WHITEOUT_PREFIX } from './whiteout.ts';

export interface Compared {
  entries: number;
  /** What is wrong, in words; the first few. */
  differences: string[];
}

const SHOWN_MAX = 20;

const TYPES: Partial<Record<TarEntry['type'], number>> = {
  file: S.IFREG,
  directory: S.IFDIR,
  symlink: S.IFLNK,
  character: S.IFCHR,
  block: S.IFBLK,
  fifo: S.IFIFO,
};

export class LayerComparer implements TarSink {
  readonly #root: number;
  /** By path: a later entry of the same name takes the place of an earlier one. */
  readonly #differences = new Map<string, string>();
  /** Inodes of what the archive has. */
  readonly #known = new Set<bigint>();
  #entries = 0;
  #path = '';
  #file = -1;
  #position = 0;
  #buffer = Buffer.alloc(0);

  constructor(directory: string) {
    this.#root = openSync(directory, O.PATH | O.DIRECTORY);
  }

  begin(entry: TarEntry): void {
    this.#entries++;
    this.#path = cleanName(entry.name);
    this.#forget(this.#path, entry);
    try {
      const difference = this.#lookAt(entry);
      if (difference !== undefined) this.#differs(difference);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
      this.#differs('is missing');
    }
  }

  data(bytes: Buffer): void {
    if (this.#file < 0) return;
    if (this.#buffer.length < bytes.length) this.#buffer = Buffer.alloc(bytes.length);
    const length = readSync(this.#file, this.#buffer, 0, bytes.length, this.#position);
    this.#position += bytes.length;
    if (length === bytes.length && this.#buffer.subarray(0, length).equals(bytes)) return;
    this.#differs('has other content');
    this.end();
  }

  end(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  finish(): Compared {
    for (const path of strangersIn(this.#root, this.#known))
      this.#differences.set(path, 'is not in its archive');
    const differences = [...this.#differences].map(
      ([path, difference]) => `${shown(path || '/')} ${difference}`,
    );
    return { entries: this.#entries, differences: differences.slice(0, SHOWN_MAX) };
  }

  close(): void {
    this.end();
    closeSync(this.#root);
  }

  /** What a later entry takes the place of; with a directory went what was in it. */
  #forget(path: string, { type }: TarEntry): void {
    this.#differences.delete(path);
    if (type === 'directory') return;
    for (const other of this.#differences.keys())
      if (other.startsWith(`${path}/`)) this.#differences.delete(other);
  }

  #differs(difference: string): void {
    this.#differences.set(this.#path, difference);
  }

  #lookAt(entry: TarEntry): string | undefined {
    const { parent, base } = splitName(this.#path);
    if (base.startsWith(META_PREFIX) || entry.type === 'other') return undefined;
    const dir = openInRoot(this.#root, cstring(parent || '.'), O.PATH | O.DIRECTORY);
    try {
      if (!isWhiteoutName(base)) return this.#compare(entry, dir, base || '.');
      const fd = openAt(dir, cstring(base.slice(WHITEOUT_PREFIX.length)), O.PATH | O.NOFOLLOW);
      this.#known.add(fstatSync(fd, { bigint: true }).ino);
      closeSync(fd);
      return undefined;
    } finally {
      closeSync(dir);
    }
  }

  #compare(entry: TarEntry, dir: number, base: string): string | undefined {
    const fd = openAt(dir, cstring(base), O.PATH | O.NOFOLLOW);
    try {
      const stat = fstatSync(fd, { bigint: true });
      this.#known.add(stat.ino);
      if (entry.type === 'hardlink') return undefined;
      if ((Number(stat.mode) & S.IFMT) !== TYPES[entry.type]) return 'is of another type';
      if (Number(stat.uid) !== entry.uid || Number(stat.gid) !== entry.gid) return 'has another owner';
      if (entry.type === 'symlink') return sameTarget(entry, dir, base);
      if ((Number(stat.mode) & 0o7777) !== entry.mode) return 'has other permissions';
      if (entry.type !== 'file') return undefined;
      if (Number(stat.size) !== (entry.sparse?.realSize ?? entry.size)) return 'has another size';
      if (!entry.sparse) this.#openFile(dir, base);
      return undefined;
    } finally {
      closeSync(fd);
    }
  }

  #openFile(dir: number, base: string): void {
    this.#file = openAt(dir, cstring(base), O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
    this.#position = 0;
  }
}

function sameTarget(entry: TarEntry, dir: number, base: string): string | undefined {
  return readlinkAt(dir, cstring(base)) === entry.linkName ? undefined : 'leads elsewhere';
}
