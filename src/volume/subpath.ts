/** A directory or file inside a volume or an image, found without ever leaving it: its content is not ours. */

import { closeSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../core/errors.ts';
import { AT_FDCWD, O, openAt, openInRoot } from '../kernel/path.ts';

/**
 * A descriptor (O_PATH) of `subpath` below `directory`; the caller closes it and mounts `/proc/self/fd/N`. Links are
 * followed inside `directory` only. Throws `invalid-argument` for a path that means to leave it or is not there.
 */
export function openSubpath(directory: string, subpath: string, owner: 'volume' | 'image'): number {
  if (subpath.startsWith('/') || subpath.split('/').includes('..'))
    throw invalidArgument(`subpath must be a relative path within the ${owner}`);
  const root = openAt(AT_FDCWD, directory, O.PATH | O.DIRECTORY);
  try {
    return openInRoot(root, subpath, O.PATH);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
    throw invalidArgument(`cannot access path ${subpath}: no such file or directory`, error);
  } finally {
    closeSync(root);
  }
}
