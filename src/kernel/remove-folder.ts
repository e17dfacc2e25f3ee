/** rm -r in threads, for what nobody waits for: the folder of a container, whose content a container has made. */
import { closeSync, constants, openSync } from 'node:fs';
import { readdir, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ignoring } from '../core/errors.ts';
import { removeTreeAt } from './remove-tree.ts';

const SLASH = Buffer.from('/');

/**
 * Resolves when nothing is left; no link is followed. One trip to a thread for each entry, where `fs.promises.rm`
 * makes three. Paths that are longer than the kernel takes (a container may nest folders as it likes) are left to
 * descriptors, on this thread.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await removeByPath(Buffer.from(path));
  } catch {
    const parent = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      removeTreeAt(parent, basename(path));
    } finally {
      closeSync(parent);
    }
  }
}

/** In bytes, as names need not be text. */
async function removeByPath(path: Buffer): Promise<void> {
  for (const entry of await entriesOf(path)) {
    const inside = Buffer.concat([path, SLASH, entry.name]);
    await (entry.isDirectory() ? removeByPath(inside) : unlink(inside).catch(ignoring('ENOENT')));
  }
  await rmdir(path).catch(ignoring('ENOENT'));
}

async function entriesOf(folder: Buffer) {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    ignoring('ENOENT')(error);
    return [];
  }
}
