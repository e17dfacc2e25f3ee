// Unpacks an archive that came out of a container onto this machine. The container may be hostile: nothing is
// written through a link, and nothing outside the target.

import { constants, createWriteStream } from 'node:fs';
import { chmod, lchown, link, lstat, lutimes, mkdir, open, rm, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, readTar } from './read.ts';

export interface ExtractOptions {
  /** Where the first path component of the archive goes: `target` stands for it. */
  readonly target: string;
  /** Sets owners as the archive says (only root can). */
  readonly owners: boolean;
  /** Names are those below `target`, without a component that stands for it. */
  readonly rootless?: boolean;
  /** Told of what Node cannot make, devices and FIFOs; without it they are an error. */
  readonly onSpecial?: (name: string) => void;
}

export async function extractTree(source: AsyncIterable<Buffer>, options: ExtractOptions): Promise<void> {
  const times = new Map<string, number>();
  for await (const entry of readTar(source)) {
    const path = placeOf(entry.header.name, options);
    await refuseLinkedParents(path, options.target);
    if (path !== options.target) await mkdir(dirname(path), { recursive: true });
    await writeEntry(entry, path, options);
    if (entry.header.type === 'directory') times.set(path, entry.header.mtime);
  }
  // Writing into a folder changes its time, so folders get theirs last.
  for (const [path, mtime] of [...times].reverse()) await utimes(path, mtime, mtime).catch(() => {});
}

/** The archive's root becomes the target; `..` has no place in a name. */
function placeOf(name: string, { target, rootless }: ExtractOptions): string {
  const parts = name.split('/').filter((part) => part !== '');
  const [, ...below] = parts;
  const inner = parts[0] === '.' || rootless ? parts.filter((part) => part !== '.') : below;
  if (parts.includes('..') || parts.some((part) => part.includes('\0'))) {
    throw new Error(`invalid path in the archive: ${JSON.stringify(name)}`);
  }
  return inner.length === 0 ? target : join(target, ...inner);
}

/** Every folder between the target and the entry must be a real one. */
async function refuseLinkedParents(path: string, target: string): Promise<void> {
  if (path === target) return;
  for (let parent = dirname(path); parent.length > target.length; parent = dirname(parent)) {
    const stats = await lstat(parent).catch(() => undefined);
    if (stats?.isSymbolicLink()) throw new Error(`refusing to write through the link ${parent}`);
  }
  const root = await lstat(target).catch(() => undefined);
  if (root?.isSymbolicLink() && basename(target) !== '.')
    throw new Error(`refusing to write through the link ${target}`);
}

async function writeEntry({ header, content }: Entry, path: string, options: ExtractOptions): Promise<void> {
  const { type, mode, mtime } = header;
  const present = await lstat(path).catch(() => undefined);
  if (type === 'directory') {
    if (present && !present.isDirectory())
      throw new Error(`cannot overwrite non-directory ${JSON.stringify(path)} with directory`);
    if (!present) await mkdir(path, { recursive: true });
  } else {
    if (present?.isDirectory())
      throw new Error(`cannot overwrite directory ${JSON.stringify(path)} with non-directory`);
    if (present) await rm(path);
    if (type === 'symlink') await symlink(header.linkname, path);
    else if (type === 'hardlink') await makeHardlink(header.linkname, path, options);
    else if (type === 'file') await writeFile(path, content);
    else if (options.onSpecial) return options.onSpecial(header.name);
    else throw new Error(`cannot copy ${path}: it is a ${type}`);
  }
  if (options.owners) await lchown(path, header.uid, header.gid);
  if (type === 'symlink') await lutimes(path, mtime, mtime);
  else if (type !== 'hardlink') await chmod(path, mode);
  if (type === 'file') await utimes(path, mtime, mtime);
}

async function makeHardlink(name: string, path: string, options: ExtractOptions): Promise<void> {
  const existing = placeOf(name, options);
  await refuseLinkedParents(existing, options.target);
  const stats = await lstat(existing);
  if (!stats.isFile()) throw new Error(`refusing a hard link to ${existing}, which is no file`);
  await link(existing, path);
}

/** O_EXCL and O_NOFOLLOW: what is written is new, and not behind a link. */
async function writeFile(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  await pipeline(content, createWriteStream(path, { fd: file }));
}
