/**
 * Turns the entries of a layer's archive into files below one directory, synchronously: it runs in a worker
 * (apply-worker.ts), behind the ring. Nothing outside the directory is touched, whatever the archive says.
 */
import { closeSync, fchmodSync, fchownSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
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
  utimesFd,
} from '../../kernel/path.ts';
import type { SparseMap, TarEntry } from '../tar/header.ts';
import type { TarSink } from '../tar/reader.ts';
import { nodeType, removeTree, setXattrs } from './entry-files.ts';
import type { LayerLimits } from './limits.ts';
import { cleanName, ParentDirectories, shown, splitName } from './safe-path.ts';
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

/** Unit of st_blocks, whatever the file system's own (stat(2)). */
const BLOCK = 512;
/** What a directory of few entries takes on the file systems that matter. */
const DIRECTORY_BYTES = 4096;
const UID_MAX = 0xffff_fffe;

export class LayerWriter implements TarSink {
  readonly #root: number;
  readonly #parents: ParentDirectories;
  readonly #limits: LayerLimits;
  /** Set at the end: making entries in a directory changes its time. */
  readonly #directoryTimes = new Map<string, bigint>();
  readonly #applied: Applied = { entries: 0, bytes: 0, usage: 0 };
  #entry: TarEntry | undefined;
  #file = -1;
  /** Where the next byte goes; and the chunk of a sparse file it belongs to. */
  #position = 0;
  #chunk = 0;
  #chunkUsed = 0;

  /** `directory`: exists and is empty. */
  constructor(directory: string, limits: LayerLimits) {
    this.#root = openSync(directory, O.PATH | O.DIRECTORY);
    this.#parents = new ParentDirectories(this.#root);
    this.#limits = limits;
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
    if (this.#file < 0) return;
    const sparse = this.#entry?.sparse;
    if (sparse) this.#writeSparse(bytes, sparse);
    else this.#write(bytes);
  }

  #writeSparse(bytes: Buffer, sparse: SparseMap): void {
    for (let at = 0; at < bytes.length; ) {
      const chunk = sparse.chunks[this.#chunk];
      if (!chunk) return;
      const length = Math.min(chunk.length - this.#chunkUsed, bytes.length - at);
      this.#position = chunk.offset + this.#chunkUsed;
      this.#write(bytes.subarray(at, at + length));
      at += length;
      this.#chunkUsed += length;
      if (this.#chunkUsed < chunk.length) continue;
      this.#chunk++;
      this.#chunkUsed = 0;
    }
  }

  end(): void {
    const entry = this.#entry;
    if (this.#file < 0 || !entry) return;
    try {
      this.#finishFile(this.#file, entry);
    } catch (error) {
      throw unpackError(entry, error);
    } finally {
      closeSync(this.#file);
      this.#file = -1;
    }
  }

  finish(): Applied {
    for (const [path, mtime] of this.#directoryTimes) this.#setDirectoryTime(path, mtime);
    return this.#applied;
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
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
    const path = cleanName(entry.name);
    if (path === '') this.#makeRoot(entry);
    else this.#makeBelow(path, entry);
  }

  #makeBelow(path: string, entry: TarEntry): void {
    const { parent, base } = splitName(path);
    const dir = this.#parents.open(parent);
    if (isWhiteoutName(base)) applyWhiteout(dir, base);
    else if (entry.type === 'directory') this.#makeDirectory(dir, base, path, entry);
    else if (entry.type === 'file') this.#openFile(dir, base);
    else this.#makeOther(dir, base, entry);
  }

  #makeRoot(entry: TarEntry): void {
    if (entry.type !== 'directory') throw invalidArgument('only a directory can be the root');
    this.#applied.root = { mode: entry.mode, uid: entry.uid, gid: entry.gid };
    this.#describe(this.#root, '.', entry);
    this.#directoryTimes.set('', entry.mtime);
  }

  #makeDirectory(dir: number, base: string, path: string, entry: TarEntry): void {
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
    }
    this.#describe(dir, base, entry);
    this.#applied.usage += DIRECTORY_BYTES;
    this.#directoryTimes.set(path, entry.mtime);
  }

  #openFile(dir: number, base: string): void {
    const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW;
    this.#position = 0;
    this.#chunk = 0;
    this.#chunkUsed = 0;
    this.#replacing(dir, base, () => {
      this.#file = openAt(dir, cstring(base), flags, 0o600);
    });
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
    const target = splitName(cleanName(entry.linkName));
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
    return entry?.type === 'hardlink' && cleanName(entry.linkName) === cleanName(entry.name);
  }

  #replace(dir: number, base: string): void {
    if (kindOf(dir, base) === 'directory') removeTree(dir, base);
    else unlinkAt(dir, cstring(base));
    this.#parents.forget(dir);
  }

  /** Owner, permissions, attributes, in that order: chown(2) clears set-id bits and capabilities. */
  #describe(dir: number, base: string, entry: TarEntry): void {
    const name = cstring(base);
    if (entry.uid !== 0 || entry.gid !== 0 || base === '.') chownAt(dir, name, entry.uid, entry.gid);
    if (entry.type !== 'symlink') chmodAt(dir, name, entry.mode);
    if (entry.xattrs.size === 0) return;
    const fd = openAt(dir, name, O.PATH | O.NOFOLLOW);
    try {
      setXattrs(fd, entry);
    } finally {
      closeSync(fd);
    }
  }

  #finishFile(fd: number, entry: TarEntry): void {
    if (entry.sparse) ftruncateSync(fd, entry.sparse.realSize);
    if (entry.uid !== 0 || entry.gid !== 0) fchownSync(fd, entry.uid, entry.gid);
    fchmodSync(fd, entry.mode);
    if (entry.xattrs.size > 0) setXattrs(fd, entry);
    utimesFd(fd, entry.mtime);
    this.#applied.usage += fstatSync(fd).blocks * BLOCK;
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(this.#file, bytes, at, bytes.length - at, this.#position);
      at += written;
      this.#position += written;
    }
  }

  #setDirectoryTime(path: string, mtime: bigint): void {
    const { parent, base } = splitName(path);
    try {
      if (path === '') utimesAt(this.#root, '.', mtime);
      else utimesAt(this.#parents.open(parent), cstring(base), mtime);
    } catch (error) {
      // A later entry has put something else where the directory, or one on the way to it, was.
      if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    }
  }
}

function unpackError(entry: TarEntry, error: unknown): unknown {
  const text = `cannot unpack ${shown(entry.name)}: ${messageOf(error)}`;
  const kind = error instanceof EngineError ? error.kind : 'invalid-argument';
  return errnoOf(error) === 'ENOSPC' ? error : new EngineError(kind, text, { cause: error });
}
