/** Bytes that the files below a directory have; a file with several names counts once. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export async function directorySize(directory: string, seen = new Set<string>()): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await directorySize(path, seen);
    else total += await fileSize(path, seen);
  }
  return total;
}

/** A file that went meanwhile counts nothing. */
async function fileSize(path: string, seen: Set<string>): Promise<number> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat) return 0;
  const inode = `${stat.dev}:${stat.ino}`;
  if (stat.nlink > 1 && seen.has(inode)) return 0;
  seen.add(inode);
  return stat.size;
}
