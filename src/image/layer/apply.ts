/**
 * Turns the entries of a layer's archive into files below one directory, synchronously: it runs in a worker
 * (apply-worker.ts), behind the ring. Nothing outside the directory is touched, whatever the archive says.
 */
import { closeSync, openSync } from 'node:fs';
import { EngineError, errnoOf, invalidArgument, messageOf } from '../../core/errors.ts';
import { mknodAt } from '../../kernel/node.ts';
import {
  chmodAt,
  chownAt,
  cstring,
  linkAt,
  mkdirAt,
  O,
  openAt,
  openInRoot,
  symlinkAt,
  unlinkAt,
  utimesAt,
} from '../../kernel/path.ts';
import type { TarEntry } from '../tar/header.ts';
import type { TarSink } from '../tar/reader.ts';
import { nodeType, removeTree, setXattrs } from './entry-files.ts';
import { FileWriter } from './file-writer.ts';
import type { LayerLimits } from './limits.ts';
import { ParentDirectories } from './parents.ts';
import { cleanName, type Outside, shown, splitName } from './safe-path.ts';
import { applyWhiteout, isWhiteoutName, kindOf, makeOpaque } from './whiteout.ts';

export interface Applied {
  entries: number;
  /** Bytes of the files' data. */
  bytes: number;
  /** Bytes that they take on the disk, as du(1) counts. */
  usage: number;
  /** Of the `./` entry; undefined if the archive has none. */
  root?: { mode: number; uid: number; gid: number };
}

/** What a directory of few entries takes on the file systems that matter. */
const DIRECTORY_BYTES = 4096;
const UID_MAX = 0xffff_fffe;

export class LayerWriter implements TarSink {
  readonly #root: number;
  readonly #parents: ParentDirectories;
  readonly #limits: LayerLimits;
  readonly #outside: Outside | undefined;
  readonly #applied: Applied = { entries: 0, bytes: 0, usage: 0 };
  readonly #file = new FileWriter();
  #entry: TarEntry | undefined;
  /** Of the root, set at the end: entries are made in it. */
  #rootTime: bigint | undefined;

  /** `directory`: exists and is empty. */
  constructor(directory: string, limits: LayerLimits, outside?: Outside) {
    this.#root = openSync(directory, O.PATH | O.DIRECTORY);
    this.#parents = new ParentDirectories(this.#root, { keepTimes: true });
    this.#limits = limits;
    this.#outside = outside;
  }

  begin(entry: TarEntry): void {
    this.#entry = entry;
    this.#count(entry);
    try {
      this.#make(entry);
    } catch (error) {
      throw unpackError(entry, error);
    }
  }

  data(bytes: Buffer): void {
    this.#file.write(bytes);
  }

  end(): void {
    try {
      this.#applied.usage += this.#file.finish();
    } catch (error) {
      throw this.#entry ? unpackError(this.#entry, error) : error;
    }
  }

  finish(): Applied {
    this.#parents.forget();
    if (this.#rootTime !== undefined) utimesAt(this.#root, '.', this.#rootTime);
    return this.#applied;
  }

  close(): void {
    this.#file.close();
    this.#parents.close();
    closeSync(this.#root);
  }

  #count(entry: TarEntry): void {
    this.#applied.entries++;
    // Docker counts the targets of links as data, too.
    const target = entry.type === 'symlink' ? entry.linkName.length : 0;
    this.#applied.bytes += target + (entry.sparse?.realSize ?? entry.size);
    if (this.#applied.entries > this.#limits.entries) {
      throw invalidArgument(`the layer has more than ${this.#limits.entries} entries`);
    }
    if (this.#applied.bytes > this.#limits.bytes) {
      throw invalidArgument(`the layer unpacks to more than ${this.#limits.bytes} bytes`);
    }
  }

  #make(entry: TarEntry): void {
    if (entry.uid > UID_MAX || entry.gid > UID_MAX || entry.uid < 0 || entry.gid < 0) {
      throw invalidArgument(`invalid owner ${entry.uid}:${entry.gid}`);
    }
    const path = cleanName(entry.name, this.#outside);
    if (path === '') this.#makeRoot(entry);
    else this.#makeBelow(path, entry);
  }

  #makeBelow(path: string, entry: TarEntry): void {
    const { parent, base } = splitName(path);
    const dir = this.#parents.open(parent);
    if (isWhiteoutName(base)) applyWhiteout(dir, base);
    else if (entry.type === 'directory') this.#makeDirectory(dir, base, entry);
    else if (entry.type === 'file') this.#replacing(dir, base, () => this.#file.open(dir, base, entry));
    else this.#makeOther(dir, base, entry);
  }

  #makeRoot(entry: TarEntry): void {
    if (entry.type !== 'directory') throw invalidArgument('only a directory can be the root');
    this.#applied.root = { mode: entry.mode, uid: entry.uid, gid: entry.gid };
    this.#describe(this.#root, '.', entry);
    this.#rootTime = entry.mtime;
  }

  #makeDirectory(dir: number, base: string, entry: TarEntry): void {
    const name = cstring(base);
    try {
      mkdirAt(dir, name, 0o700);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      const kind = kindOf(dir, base);
      if (kind !== 'directory') {
        this.#replace(dir, base);
        mkdirAt(dir, name, 0o700);
      }
      if (kind === 'whiteout') makeOpaque(dir, base);
      // It may be held, and would get its old time back.
      this.#parents.forget(dir);
    }
    this.#describe(dir, base, entry);
    utimesAt(dir, name, entry.mtime);
    this.#applied.usage += DIRECTORY_BYTES;
  }

  #makeOther(dir: number, base: string, entry: TarEntry): void {
    if (entry.type === 'other') return;
    const name = cstring(base);
    this.#replacing(dir, base, () => {
      if (entry.type === 'symlink') symlinkAt(cstring(entry.linkName), dir, name);
      else if (entry.type === 'hardlink') this.#link(entry, dir, name);
      else mknodAt(dir, name, nodeType(entry) | 0o600, entry.major, entry.minor);
    });
    if (entry.type === 'hardlink') return;
    this.#describe(dir, base, entry);
    utimesAt(dir, name, entry.mtime);
  }

  /** The target is looked up inside the layer, and what it is linked from is opened, not named. */
  #link(entry: TarEntry, dir: number, name: Buffer): void {
    const target = splitName(cleanName(entry.linkName, this.#outside));
    if (target.base === '') throw invalidArgument('a hard link to the root');
    const from = openInRoot(this.#root, cstring(target.parent || '.'), O.PATH | O.DIRECTORY);
    try {
      linkAt(from, cstring(target.base), dir, name);
    } finally {
      closeSync(from);
    }
  }

  /** A later entry of the same name wins. */
  #replacing(dir: number, base: string, create: () => void): void {
    try {
      create();
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (this.#isSelfLink()) return;
      this.#replace(dir, base);
      create();
    }
  }

  /** A hard link of a name to itself changes nothing; replacing it would lose the file. */
  #isSelfLink(): boolean {
    const entry = this.#entry;
    return (
      entry?.type === 'hardlink' &&
      cleanName(entry.linkName, this.#outside) === cleanName(entry.name, this.#outside)
    );
  }

  #replace(dir: number, base: string): void {
    if (kindOf(dir, base) === 'directory') removeTree(dir, base);
    else unlinkAt(dir, cstring(base));
    this.#parents.forget(dir);
  }

  /** Owner, permissions, attributes, in that order, as file-writer.ts does it for files. A directory may hand on its group. */
  #describe(dir: number, base: string, entry: TarEntry): void {
    const name = cstring(base);
    chownAt(dir, name, entry.uid, entry.gid);
    if (entry.type !== 'symlink') chmodAt(dir, name, entry.mode);
    if (entry.xattrs.size === 0) return;
    const fd = openAt(dir, name, O.PATH | O.NOFOLLOW);
    try {
      setXattrs(fd, entry);
    } finally {
      closeSync(fd);
    }
  }
}

function unpackError(entry: TarEntry, error: unknown): unknown {
  const text = `cannot unpack ${shown(entry.name)}: ${messageOf(error)}`;
  const kind = error instanceof EngineError ? error.kind : 'invalid-argument';
  return errnoOf(error) === 'ENOSPC' ? error : new EngineError(kind, text, { cause: error });
}
