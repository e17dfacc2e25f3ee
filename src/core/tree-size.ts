/** What a directory holds, each inode once. Other file systems are left out. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { ignoring } from './errors.ts';

const SLASH = Buffer.from('/');
/** Unit of st_blocks, whatever the file system's own (stat(2)). */
const BLOCK = 512;

/** What goes while it is looked at; what lies deeper than a path can say. */
const passOver = ignoring('ENOENT', 'ENOTDIR', 'ENAMETOOLONG');

type Measure = (stat: Stats, path: Buffer) => number;

/**
 * The sizes of its files, as dockerd counts, without the links of these paths and targets. 0 if there is no such
 * directory.
 */
export function treeSize(directory: string, links: ReadonlyMap<string, string> = new Map()): Promise<number> {
  // The length tells the target well enough.
  const isLeftOut = (stat: Stats, path: Buffer) =>
    stat.isSymbolicLink() && links.get(path.toString())?.length === stat.size;
  return sumOf(directory, (stat, path) => (stat.isDirectory() || isLeftOut(stat, path) ? 0 : stat.size));
}

/** What it takes on the disk, as du(1) counts: blocks, those of directories included. */
export function treeUsage(directory: string): Promise<number> {
  return sumOf(directory, ({ blocks }) => blocks * BLOCK);
}

/** Names that go meanwhile are not counted. */
async function sumOf(directory: string, measure: Measure): Promise<number> {
  const top = await lstat(directory).catch(passOver);
  if (!top) return 0;
  const seen = new Set<number>();
  /** In bytes, as names need not be text. */
  const below = async (folder: Buffer): Promise<number> => {
    const names = (await readdir(folder, { encoding: 'buffer' }).catch(passOver)) ?? [];
    let total = 0;
    for (const name of names) total += await sizeOf(Buffer.concat([folder, SLASH, name]));
    return total;
  };
  const sizeOf = async (path: Buffer): Promise<number> => {
    const stat = await lstat(path).catch(passOver);
    if (!stat || stat.dev !== top.dev) return 0;
    if (stat.isDirectory()) return measure(stat, path) + (await below(path));
    if (seen.has(stat.ino)) return 0;
    if (stat.nlink > 1) seen.add(stat.ino);
    return measure(stat, path);
  };
  const root = Buffer.from(directory);
  return measure(top, root) + (await below(root));
}
