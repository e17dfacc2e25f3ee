/** What a directory holds: the sizes of its files, each inode once, as dockerd counts. Other file systems are left out. */
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../core/errors.ts';

/** Bytes. Names that go while it walks are not counted. */
export async function diskUsage(directory: string): Promise<number> {
  const seen = new Set<number>();
  const { dev } = await lstat(directory);
  let total = 0;
  const count = async (path: string): Promise<void> => {
    const stat = await unlessGone(lstat(path));
    if (!stat || stat.dev !== dev || (stat.nlink > 1 && !stat.isDirectory() && seen.has(stat.ino))) return;
    seen.add(stat.ino);
    if (!stat.isDirectory()) {
      total += stat.size;
      return;
    }
    const inside = await unlessGone(opendir(path));
    if (inside) for await (const child of inside) await count(join(path, child.name));
  };
  await count(directory);
  return total;
}

async function unlessGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
