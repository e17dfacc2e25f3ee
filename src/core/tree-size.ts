/** What a directory holds: the sizes of its files, each inode once, as dockerd counts. Other file systems are left out. */
import { lstat, readdir } from 'node:fs/promises';
import { ignoring } from './errors.ts';

const SLASH = Buffer.from('/');

/** What goes while it is looked at; what lies deeper than a path can say. */
const passOver = ignoring('ENOENT', 'ENOTDIR', 'ENAMETOOLONG');

/** Bytes; 0 if there is no such directory. What is not counted: directories themselves, names that go meanwhile. */
export async function treeSize(directory: string): Promise<number> {
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
    if (stat.isDirectory()) return below(path);
    if (seen.has(stat.ino)) return 0;
    if (stat.nlink > 1) seen.add(stat.ino);
    return stat.size;
  };
  return below(Buffer.from(directory));
}
