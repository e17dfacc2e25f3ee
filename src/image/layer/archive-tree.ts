/**
 * Writes a directory tree as a tar archive: the upper directory of a container as a layer (whiteouts and opaque
 * directories in the words of the OCI image spec), or a whole root filesystem. Synchronous: runs in a worker.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type Digest, digestOfHex } from '../../core/digest.ts';
import { fileKind, majorOf, minorOf } from '../../kernel/node.ts';
import { O, readlinkAt } from '../../kernel/path.ts';
import type { Extent } from '../../kernel/sparse.ts';
import { getXattr, listXattrs } from '../../kernel/xattr.ts';
import { END_OF_ARCHIVE, encodeEntry, padding } from '../tar/encode.ts';
import type { EntryType, TarEntry } from '../tar/header.ts';
import { extentsOf, sparseMap } from '../tree/pack.ts';
import { type Found, walkTree } from './walk.ts';
import { OPAQUE_MARKER, OPAQUE_XATTR, WHITEOUT_PREFIX } from './whiteout.ts';

export interface ArchiveOptions {
  /** Descriptor of the tree's root. */
  root: number;
  /** Descriptor that is written to; blocking. */
  out: number;
  /** The tree is an upper directory: its 0:0 devices and opaque attributes become whiteout files. */
  whiteouts: boolean;
  /** Later times are set to this one (SOURCE_DATE_EPOCH); nanoseconds. */
  maxTime?: bigint;
  /** Paths that do not go into the archive; nor does what is below them. */
  leaveOut?: readonly string[];
}

export interface Archived {
  /** Of the archive: the layer's diff id. */
  digest: Digest;
  /** Bytes of the archive. */
  size: number;
  /** Bytes of the files' data. */
  bytes: number;
  /** Bytes that the tree takes on the disk, as du(1) counts. */
  usage: number;
  entries: number;
  root: { mode: number; uid: number; gid: number };
}

export function archiveTree(options: ArchiveOptions): Archived {
  const output = new Output(options.out);
  const links = new Map<string, string>();
  const archived = { bytes: 0, entries: 0, usage: 0 };
  const add = (entry: TarEntry, found?: Found) => {
    archived.entries++;
    archived.bytes += dataBytes(entry);
    if (found) archived.usage += Number(found.stat.blocks) * 512;
    if (found && entry.size > 0) addData(entry, found, output);
    else output.write(encodeEntry(entry));
  };
  const leaveOut = options.leaveOut ?? [];
  walkTree(options.root, (found) => {
    if (!isBelow(found.path, leaveOut)) addFound(found, options, links, add);
  });
  output.write(END_OF_ARCHIVE);
  const { mode, uid, gid } = fstatSync(options.root);
  return { ...output.finish(), ...archived, root: { mode: mode & 0o7777, uid, gid } };
}

function isBelow(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

type Add = (entry: TarEntry, found?: Found) => void;

function addFound(found: Found, options: ArchiveOptions, links: Map<string, string>, add: Add): void {
  const type = typeOf(found);
  if (!type) return;
  const hidden = options.whiteouts && type === 'character' && found.stat.rdev === 0n;
  if (hidden) add(marker(besides(found, WHITEOUT_PREFIX + found.name)));
  else if (type === 'directory') addDirectory(found, options, add);
  else addFile(found, entryOf(found, type, options), links, add);
}

function addDirectory(found: Found, options: ArchiveOptions, add: Add): void {
  const entry = entryOf(found, 'directory', options);
  add(entry, found);
  if (options.whiteouts && isOpaque(found.fd)) add(marker(entry.name + OPAQUE_MARKER));
}

/** A file's second and later names are hard links to its first. */
function addFile(found: Found, entry: TarEntry, links: Map<string, string>, add: Add): void {
  const { dev, ino, nlink } = found.stat;
  const first = links.get(`${dev}:${ino}`);
  if (first !== undefined) {
    add({ ...entry, type: 'hardlink', linkName: first, size: 0, xattrs: new Map() });
    return;
  }
  if (nlink > 1n) links.set(`${dev}:${ino}`, entry.name);
  add(entry, found);
}

/** What Docker counts as an image's size: files, and the targets of links. */
function dataBytes({ type, size, linkName }: TarEntry): number {
  return type === 'symlink' ? linkName.length : size;
}

/** Sockets have no place in an archive (POSIX pax knows no such type). */
function typeOf({ stat }: Found): EntryType | undefined {
  const kind = fileKind(stat.mode);
  return kind === 'socket' ? undefined : kind;
}

function entryOf(found: Found, type: EntryType, { maxTime }: ArchiveOptions): TarEntry {
  const { stat, path, parent, name } = found;
  const device = type === 'character' || type === 'block' ? Number(stat.rdev) : 0;
  const mtime = maxTime !== undefined && stat.mtimeNs > maxTime ? maxTime : stat.mtimeNs;
  return {
    type,
    name: type === 'directory' ? `${path || '.'}/` : path,
    linkName: type === 'symlink' ? readlinkAt(parent, Buffer.from(`${name}\0`, 'latin1')) : '',
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: type === 'file' ? Number(stat.size) : 0,
    mtime,
    major: majorOf(device),
    minor: minorOf(device),
    xattrs: xattrsOf(found.fd),
  };
}

/** overlayfs's own are about this mount, SELinux's about this host. */
const LEFT_OUT = /^(?:trusted\.overlay\.|user\.overlay\.|security\.selinux$)/;

function xattrsOf(fd: number): Map<string, Buffer> {
  const names = listXattrs(fd).filter((name) => !LEFT_OUT.test(name));
  return new Map(names.map((name) => [name, getXattr(fd, name)]));
}

function isOpaque(fd: number): boolean {
  return listXattrs(fd).includes(OPAQUE_XATTR) && getXattr(fd, OPAQUE_XATTR).toString() === 'y';
}

function marker(name: string): TarEntry {
  const nobody = { uid: 0, gid: 0, mode: 0, size: 0, mtime: 0n, major: 0, minor: 0 };
  return { ...nobody, type: 'file', name, linkName: '', xattrs: new Map() };
}

function besides({ path, name }: Found, other: string): string {
  return path.slice(0, path.length - name.length) + other;
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Holes are left out; where the data belongs stands in the header. */
function addData(entry: TarEntry, { fd, stat }: Found, output: Output): void {
  // The link in /proc leads to the very file that was looked at.
  const file = openSync(`/proc/self/fd/${fd}`, O.RDONLY | O.NONBLOCK);
  try {
    const extents = extentsOf(file, stat);
    const [size, sparse] = sparseMap(extents, entry.size);
    output.write(encodeEntry({ ...entry, size, sparse }));
    for (const extent of extents) copyData(file, extent, output);
    output.write(padding(size));
  } finally {
    closeSync(file);
  }
}

/** Exactly as many bytes as the header has promised, even if the file shrinks or grows meanwhile. */
function copyData(file: number, { offset, length }: Extent, output: Output): void {
  let left = length;
  while (left > 0) {
    const read = output.fill((buffer, at, room) =>
      readSync(file, buffer, at, Math.min(room, left), offset + length - left),
    );
    if (read === 0) break;
    left -= read;
  }
  for (; left > 0; left -= Math.min(left, ZEROS.length))
    output.write(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
}

/** Gathers small writes, hashes what goes out. */
class Output {
  readonly #fd: number;
  readonly #hash = createHash('sha256');
  readonly #buffer = Buffer.allocUnsafeSlow(256 * 1024);
  #used = 0;
  #size = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.fill((buffer, offset, room) =>
        bytes.copy(buffer, offset, at, Math.min(at + room, bytes.length)),
      );
    }
  }

  /** Lets `source` put bytes straight into the buffer; returns how many it put. */
  fill(source: (buffer: Buffer, offset: number, room: number) => number): number {
    if (this.#used === this.#buffer.length) this.#flush();
    const length = source(this.#buffer, this.#used, this.#buffer.length - this.#used);
    this.#used += length;
    return length;
  }

  finish(): { digest: Digest; size: number } {
    this.#flush();
    return { digest: digestOfHex(this.#hash.digest('hex')), size: this.#size };
  }

  #flush(): void {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#size += bytes.length;
    this.#used = 0;
  }
}
