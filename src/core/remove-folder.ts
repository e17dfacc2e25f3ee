/** rm -r of what a container leaves, which is nearly always a handful of small files. */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from './errors.ts';

/** What is removed at once: the kernel takes up to 15 ms to free 10 MB. */
const FEW_ENTRIES = 50;
const FEW_BYTES = 1024 * 1024;

/**
 * Resolves when nothing is left; no link is followed. A small folder goes in place, 0.3 ms: `fs.promises.rm` makes
 * several trips to a thread for every entry, 5 ms for the folder of a container.
 */
export async function removeFolder(path: string): Promise<void> {
  if (isSmall(path)) rmSync(path, { recursive: true, force: true });
  else await rm(path, { recursive: true, force: true });
}

function isSmall(path: string): boolean {
  let entries = 0;
  let bytes = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (++entries > FEW_ENTRIES) return false;
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else bytes += lstatSync(join(folder, entry.name), { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > FEW_BYTES) return false;
    }
  }
  return true;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    ignoring('ENOENT', 'ENOTDIR')(error);
    return [];
  }
}
