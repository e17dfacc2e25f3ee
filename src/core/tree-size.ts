/** What a directory holds, each inode once. Other file systems are left out. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { ignoring } from './errors.ts';

const SLASH = Buffer.from('/');
/** Unit of st_blocks, whatever the file system's own (stat(2)). */
const BLOCK = 512;

/** What goes while it is looked at; what lies deeper than a path can say. */
const passOver = ignoring('ENOENT', 'ENOTDIR', 'ENAMETOOLONG');

/** The sizes of its files, as dockerd counts. 0 if there is no such directory. */
export function treeSize(directory: string): Promise<number> {
  return sumOf(directory, (stat) => (stat.isDirectory() ? 0 : stat.size));
}

/** What it takes on the disk, as du(1) counts: blocks, those of directories included. */
export function treeUsage(directory: string): Promise<number> {
  return sumOf(directory, ({ blocks }) => blocks * BLOCK);
}

/** Names that go meanwhile are not counted. */
async function sumOf(directory: string, measure: (stat: Stats) => number): Promise<number> {
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
    if (stat.isDirectory()) return measure(stat) + (await below(path));
    if (seen.has(stat.ino)) return 0;
    if (stat.nlink > 1) seen.add(stat.ino);
    return measure(stat);
  };
  return measure(top) + (await below(Buffer.from(directory)));
}
