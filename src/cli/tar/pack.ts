// Writes files and folders as a tar archive, one piece at a time: `cp` into a container, build contexts.

import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { blockSize, type EntryType, encodeHeader, type Header, padding } from './header.ts';

export interface PackOptions {
  /** What to pack. */
  readonly source: string;
  /** What it is called in the archive; '.' for the content of a folder. */
  readonly name: string;
  /** Follows `source` itself if it is a link; links below it stay links. */
  readonly follow?: boolean;
  /** False leaves a path (relative to `source`, with `/`) out. A folder that is left out is still looked into when `enter` says so. */
  readonly keep?: (path: string, isDirectory: boolean) => boolean;
  readonly enter?: (path: string) => boolean;
  /** Changes what is recorded: `build` gives all files to root. */
  readonly adjust?: (header: Header) => Header;
}

/** The entries of a tree, parents before children, then the end of the archive. */
export async function* packTree(options: PackOptions): AsyncGenerator<Buffer> {
  yield* packEntries(options);
  yield endOfArchive();
}

export function endOfArchive(): Buffer {
  return Buffer.alloc(2 * blockSize);
}

/** A file that exists only in memory. */
export function packText(name: string, content: Buffer, mtime: number, mode = 0o644): Buffer {
  const header = {
    name,
    type: 'file' as const,
    mode,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime,
    linkname: '',
  };
  return Buffer.concat([encodeHeader(header), content, padding(content.length)]);
}

/** Like packTree without the end, so that more can follow. */
export async function* packEntries(options: PackOptions): AsyncGenerator<Buffer> {
  const links = new Map<string, string>();
  const root = await (options.follow ? stat : lstat)(options.source);
  yield* packOne(options, '', root, links);
}

async function* packOne(
  options: PackOptions,
  path: string,
  stats: Stats,
  links: Map<string, string>,
): AsyncGenerator<Buffer> {
  const full = path === '' ? options.source : join(options.source, path);
  const isRoot = path === '';
  const kept = isRoot || (options.keep?.(path, stats.isDirectory()) ?? true);
  if (kept && !(isRoot && options.name === '.' && stats.isFile()))
    yield* writeEntry(options, path, full, stats, links);
  if (!stats.isDirectory() || !(kept || (options.enter?.(path) ?? false))) return;
  for (const name of (await readdir(full)).sort()) {
    const child = isRoot ? name : `${path}/${name}`;
    const childStats = await lstat(join(full, name)).catch(() => undefined);
    // A file may go while we read the folder.
    if (childStats) yield* packOne(options, child, childStats, links);
  }
}

async function* writeEntry(
  { name: rootName, adjust = (header) => header }: PackOptions,
  path: string,
  full: string,
  stats: Stats,
  links: Map<string, string>,
): AsyncGenerator<Buffer> {
  const type = typeOf(stats);
  if (!type) return;
  const inside = path === '' ? rootName : rootName === '.' ? path : `${rootName}/${path}`;
  const name = type === 'directory' ? `${inside}/` : inside;
  const inode = `${stats.dev}:${stats.ino}`;
  const first = stats.nlink > 1 && type === 'file' ? links.get(inode) : undefined;
  const header: Header = {
    name,
    type: first === undefined ? type : 'hardlink',
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: type === 'file' && first === undefined ? stats.size : 0,
    mtime: stats.mtimeMs / 1000,
    linkname: first ?? (type === 'symlink' ? await readlink(full) : ''),
  };
  yield encodeHeader(adjust(header));
  if (header.type !== 'file') return;
  if (stats.nlink > 1) links.set(inode, name);
  if (header.size > 0) yield* content(full, header.size);
}

/** Exactly the size that the header promised, whatever happens to the file meanwhile. */
async function* content(path: string, size: number): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 1 << 18 })) {
    sent += chunk.length;
    yield chunk;
  }
  if (sent < size) throw new Error(`${path} became shorter while it was read`);
  yield padding(size);
}

function typeOf(stats: Stats): EntryType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  // Sockets and devices of this machine mean nothing elsewhere.
  return undefined;
}
