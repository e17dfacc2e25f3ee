/**
 * A tree of files to a tar stream, synchronously: it runs in worker threads, which write where a reader can make them
 * wait. Memory does not grow with the tree, but for the names of one directory a level and of files with several names.
 */
import { type BigIntStats, closeSync, readSync, statfsSync } from 'node:fs';
import { invalidArgument } from '../../core/errors.ts';
import { cstring, readlinkAt } from '../../kernel/path.ts';
import { dataExtents, type Extent } from '../../kernel/sparse.ts';
import { END_OF_ARCHIVE, encodeEntry, padding } from '../tar/encode.ts';
import type { EntryType, SparseMap, TarEntry } from '../tar/header.ts';
import { deviceOf, namesIn, openForReading, type TreeEntry, withEntry, xattrsOf } from './entry.ts';

/** Takes bytes; they are valid during the call. */
export type Write = (bytes: Buffer) => void;

/** Each level holds a descriptor open. */
const DEPTH_MAX = 1000;
/** Smaller holes are not worth a map. */
const HOLE_MIN = 64 * 1024;

export class TreePacker {
  readonly #write: Write;
  readonly #buffer = Buffer.allocUnsafe(256 * 1024);
  /** First name of each file that has several, by device and inode. */
  readonly #seen = new Map<string, string>();
  #entries = 0;
  #bytes = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Of the files' data, each counted once. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The entry, and all that is below a directory. `name`: in the archive. Where the kernel shows its own state (proc,
   * sysfs) in a tree, the directory is empty: that is no content, and not all of it can be read.
   */
  addTree(entry: TreeEntry, name: string, depth = 0): void {
    if (depth > DEPTH_MAX) throw invalidArgument(`directories are nested deeper than ${DEPTH_MAX}`);
    this.add(entry, name);
    if (entry.kind !== 'directory') return;
    for (const child of namesIn(entry)) {
      withEntry(entry.fd, child, (found) => {
        const isMount = found.kind === 'directory' && found.stat.dev !== entry.stat.dev;
        if (isMount && isKernelState(found)) this.add(found, below(name, child));
        else this.addTree(found, below(name, child), depth + 1);
      });
    }
  }

  /** The entry alone. Sockets are left out: no archive can hold one. */
  add(entry: TreeEntry, name: string): void {
    if (entry.kind === 'socket') return;
    this.#entries++;
    const header = describe(entry, name, entry.kind);
    const first = this.#firstName(entry, header.name);
    if (first !== undefined) {
      this.#write(encodeEntry({ ...header, type: 'hardlink', linkName: first, xattrs: new Map() }));
    } else if (entry.kind === 'file') {
      this.#addFile(entry, header);
    } else {
      this.#write(encodeEntry(header));
    }
  }

  finish(): void {
    this.#write(END_OF_ARCHIVE);
  }

  #firstName({ kind, stat }: TreeEntry, name: string): string | undefined {
    if (kind === 'directory' || stat.nlink < 2n) return undefined;
    const key = `${stat.dev}:${stat.ino}`;
    const first = this.#seen.get(key);
    if (first === undefined) this.#seen.set(key, name);
    return first;
  }

  #addFile(entry: TreeEntry, header: TarEntry): void {
    const size = Number(entry.stat.size);
    const fd = openForReading(entry);
    try {
      const extents = extentsOf(fd, entry.stat);
      const [length, sparse] = sparseMap(extents, size);
      this.#write(encodeEntry({ ...header, size: length, sparse }));
      for (const extent of extents) this.#copy(fd, extent);
      this.#write(padding(length));
      this.#bytes += size;
    } finally {
      closeSync(fd);
    }
  }

  /** Exactly as many bytes as the header says: a file that has shrunk meanwhile ends in zeros, as in GNU tar. */
  #copy(fd: number, { offset, length }: Extent): void {
    const buffer = this.#buffer;
    for (let done = 0; done < length; ) {
      const wanted = Math.min(buffer.length, length - done);
      const read = readSync(fd, buffer, 0, wanted, offset + done);
      if (read === 0) buffer.fill(0, 0, wanted);
      const taken = read || wanted;
      this.#write(buffer.subarray(0, taken));
      done += taken;
    }
  }
}

/** linux/magic.h: proc, sysfs, cgroup, cgroup2, devpts, mqueue, debugfs, tracefs, securityfs, bpf. */
const KERNEL_STATE = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x19800202, 0x64626720, 0x74726163, 0x73636673,
  0xcafe4a11,
]);

function isKernelState({ fd }: TreeEntry): boolean {
  return KERNEL_STATE.has(statfsSync(`/proc/self/fd/${fd}`).type);
}

export function below(name: string, child: string): string {
  if (name === '') return child;
  return name.endsWith('/') ? `${name}${child}` : `${name}/${child}`;
}

const EMPTY = { linkName: '', mode: 0, uid: 0, gid: 0, size: 0, major: 0, minor: 0 };

function describe(entry: TreeEntry, name: string, type: EntryType): TarEntry {
  const { stat, kind } = entry;
  return {
    ...EMPTY,
    ...(kind === 'character' || kind === 'block' ? deviceOf(entry) : {}),
    type,
    name: kind === 'directory' && !name.endsWith('/') ? `${name}/` : name,
    linkName: kind === 'symlink' ? readlinkAt(entry.fd, cstring('')) : '',
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: stat.mtimeNs,
    xattrs: xattrsOf(entry, isOfThisHost),
  };
}

/** What steers overlayfs, and labels of a security module, mean nothing elsewhere. */
function isOfThisHost(name: string): boolean {
  return (
    /^(?:trusted|user)\.overlay\./.test(name) ||
    name === 'security.selinux' ||
    name.startsWith('security.ima')
  );
}

/** Bytes of data, and where they belong if there are holes. */
export function sparseMap(extents: Extent[], size: number): [length: number, map: SparseMap | undefined] {
  const length = extents.reduce((sum, extent) => sum + extent.length, 0);
  return [length, length < size ? { realSize: size, chunks: extents } : undefined];
}

/** One for the whole file, unless its holes are worth a map. */
export function extentsOf(fd: number, stat: BigIntStats): Extent[] {
  const size = Number(stat.size);
  const whole = size === 0 ? [] : [{ offset: 0, length: size }];
  return stat.blocks * 512n + BigInt(HOLE_MIN) > stat.size ? whole : dataExtents(fd, size);
}
