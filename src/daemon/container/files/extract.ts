/**
 * Turns the entries of an archive into files of a tree that somebody else may be changing meanwhile: a running
 * container. Each entry is opened before anything is done to it, and done to the descriptor. Runs in a worker.
 */
import { chmodSync, chownSync, closeSync, fchmodSync, fchownSync, ftruncateSync, writeSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { ParentDirectories } from '../../../image/layer/parents.ts';
import { cleanName, splitName } from '../../../image/layer/safe-path.ts';
import type { TarEntry } from '../../../image/tar/header.ts';
import type { TarSink } from '../../../image/tar/reader.ts';
import { type TreeEntry, withEntry } from '../../../image/tree/entry.ts';
import { type FileKind, mknodAt, S } from '../../../kernel/node.ts';
import { cstring, linkAt, mkdirAt, O, openAt, symlinkAt, utimesAt, utimesFd } from '../../../kernel/path.ts';
import { removeTreeAt } from '../../../kernel/remove-tree.ts';
import { setXattr } from '../../../kernel/xattr.ts';

export interface ExtractOptions {
  /** A directory is not replaced by something else, nor the other way round. */
  keepKinds: boolean;
  /** Of everything, instead of what the archive says. */
  owner?: { uid: number; gid: number };
}

/** Where the data of the file that is being written goes. */
interface OpenFile {
  fd: number;
  /** In order; the last may be followed by a hole. */
  chunks: { offset: number; length: number }[];
  written: number;
}

/** Who loses to somebody else so often in a row is being kept from it. */
const ATTEMPTS = 10;
const OVERLAY_XATTR = /^(?:trusted|user)\.overlay\./;

export class TreeWriter implements TarSink {
  readonly #parents: ParentDirectories;
  /** Below the root; '' is the root. */
  readonly #directory: string;
  readonly #options: ExtractOptions;
  /** Set at the end: making entries in a directory changes its time. */
  readonly #directoryTimes = new Map<string, bigint>();
  #entry: TarEntry | undefined;
  #file: OpenFile | undefined;

  /** `root`: links lead nowhere outside of it. `directory`: in it, bytes in latin1, without leading slash. */
  constructor(root: number, directory: string, options: ExtractOptions) {
    this.#parents = new ParentDirectories(root);
    this.#directory = directory;
    this.#options = options;
  }

  begin(entry: TarEntry): void {
    const { owner } = this.#options;
    this.#entry = owner ? { ...entry, uid: owner.uid, gid: owner.gid } : entry;
    const name = cleanName(entry.name);
    if (name === '' || entry.type === 'other') return;
    const path = this.#directory === '' ? name : `${this.#directory}/${name}`;
    const { parent, base } = splitName(path);
    if (entry.type === 'hardlink' && cleanName(entry.linkName) === name) return;
    this.#place(this.#parents.open(parent), base, path, this.#entry);
  }

  data(bytes: Buffer): void {
    const file = this.#file;
    if (!file) return;
    for (let at = 0; at < bytes.length; ) {
      const chunk = file.chunks[0];
      if (!chunk) return;
      const length = Math.min(chunk.length - file.written, bytes.length - at);
      const done = writeSync(file.fd, bytes, at, length, chunk.offset + file.written);
      at += done;
      file.written += done;
      if (file.written < chunk.length) continue;
      file.chunks.shift();
      file.written = 0;
    }
  }

  end(): void {
    const [file, entry] = [this.#file, this.#entry];
    if (!file || !entry) return;
    try {
      finishFile(file.fd, entry);
    } finally {
      closeSync(file.fd);
      this.#file = undefined;
    }
  }

  finish(): void {
    for (const [path, mtime] of this.#directoryTimes) {
      const { parent, base } = splitName(path);
      ifStillThere(() => utimesAt(this.#parents.open(parent), cstring(base), mtime));
    }
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
    this.#parents.close();
  }

  /** What somebody else makes in its place meanwhile is in the way, too. */
  #place(dir: number, base: string, path: string, entry: TarEntry): void {
    for (let left = ATTEMPTS; ; left--) {
      const isThere = this.#makeRoom(dir, base, path, entry.type === 'directory');
      try {
        this.#make(dir, base, path, entry, isThere);
        return;
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST' || left === 1) throw error;
      }
    }
  }

  /** Removes what is in the way. True if a directory is there for a directory. */
  #makeRoom(dir: number, base: string, path: string, isDirectory: boolean): boolean {
    const kind = withEntry(dir, base, (there) => there.kind);
    if (kind === undefined) return false;
    if (kind === 'directory' && isDirectory) return true;
    if (this.#options.keepKinds && (kind === 'directory' || isDirectory)) {
      throw wrongKind(kind, path, this.#directory);
    }
    removeTreeAt(dir, base);
    if (kind === 'directory') this.#parents.forget(dir);
    return false;
  }

  #make(dir: number, base: string, path: string, entry: TarEntry, isThere: boolean): void {
    const name = cstring(base);
    if (entry.type === 'file') {
      const fd = openAt(dir, name, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
      const whole = [{ offset: 0, length: entry.size }];
      this.#file = { fd, chunks: entry.sparse ? [...entry.sparse.chunks] : whole, written: 0 };
      return;
    }
    if (entry.type === 'hardlink') {
      this.#link(entry, dir, name);
      return;
    }
    if (entry.type === 'symlink') symlinkAt(cstring(entry.linkName), dir, name);
    else if (entry.type !== 'directory')
      mknodAt(dir, name, nodeType(entry) | 0o600, entry.major, entry.minor);
    else if (!isThere) mkdirAt(dir, name, 0o700);
    withEntry(dir, base, (made) => setAttributes(made, entry));
    if (entry.type === 'directory') this.#directoryTimes.set(path, entry.mtime);
    else ifStillThere(() => utimesAt(dir, name, entry.mtime));
  }

  /** To a file of this archive, or one that was there before, below the same directory. */
  #link(entry: TarEntry, dir: number, name: Buffer): void {
    const target = cleanName(entry.linkName);
    if (target === '') throw invalidArgument('a hard link to the directory itself');
    const { parent, base } = splitName(this.#directory === '' ? target : `${this.#directory}/${target}`);
    linkAt(this.#parents.open(parent), cstring(base), dir, name);
  }
}

function nodeType({ type }: TarEntry): number {
  if (type === 'character') return S.IFCHR;
  return type === 'block' ? S.IFBLK : S.IFIFO;
}

const KIND_OF_TYPE: Partial<Record<TarEntry['type'], FileKind>> = {
  directory: 'directory',
  symlink: 'symlink',
  character: 'character',
  block: 'block',
  fifo: 'fifo',
};

/** Owner, permissions, attributes, in that order: chown(2) clears set-id bits and capabilities. */
function setAttributes({ fd, kind }: TreeEntry, entry: TarEntry): void {
  if (kind !== KIND_OF_TYPE[entry.type])
    throw invalidArgument('the container replaced a file while it was made');
  const path = `/proc/self/fd/${fd}`;
  chownSync(path, entry.uid, entry.gid);
  if (kind !== 'symlink') chmodSync(path, entry.mode);
  setXattrs(fd, entry);
}

function finishFile(fd: number, entry: TarEntry): void {
  if (entry.sparse) ftruncateSync(fd, entry.sparse.realSize);
  fchownSync(fd, entry.uid, entry.gid);
  fchmodSync(fd, entry.mode);
  setXattrs(fd, entry);
  utimesFd(fd, entry.mtime);
}

/** What the file system cannot hold is left out, as Docker does. */
function setXattrs(fd: number, { xattrs }: TarEntry): void {
  for (const [name, value] of xattrs) {
    if (OVERLAY_XATTR.test(name)) continue;
    try {
      setXattr(fd, name, value);
    } catch (error) {
      if (!['ENOTSUP', 'EOPNOTSUPP', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    }
  }
}

/** The container may have moved it away meanwhile. */
function ifStillThere(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function wrongKind(kind: FileKind, path: string, directory: string): Error {
  const [there, wanted] =
    kind === 'directory' ? ['directory', 'non-directory'] : ['non-directory', 'directory'];
  const [from, to] = [`/${path}`, `/${directory}`].map((bytes) => JSON.stringify(text(bytes)));
  return invalidArgument(`cannot overwrite ${there} ${from} with ${wanted} ${to}`);
}

const text = (latin1: string) => Buffer.from(latin1, 'latin1').toString();
