/** Reads a file of a root filesystem as the container would see it: no link leads out of it. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf, invalidArgument } from '../../core/errors.ts';
import { O, withOpenInRoot } from '../../kernel/path.ts';

/**
 * `undefined` if it is not there or no regular file. Larger than `limit` bytes is refused: the memory is ours, the
 * file is not. Not blocking, for it might be a FIFO.
 */
export function readRootfsFile(rootfs: string, path: string, limit: number): string | undefined {
  const root = openSync(rootfs, O.PATH | O.DIRECTORY | O.CLOEXEC);
  try {
    return withOpenInRoot(root, path, O.RDONLY | O.NONBLOCK | O.CLOEXEC, (fd) =>
      readRegular(fd, path, limit),
    );
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  } finally {
    closeSync(root);
  }
}

function readRegular(fd: number, path: string, limit: number): string | undefined {
  const info = fstatSync(fd);
  if (!info.isFile()) return undefined;
  if (info.size > limit) throw invalidArgument(`/${path} of the container is larger than ${limit} bytes`);
  return readFileSync(fd, 'utf8');
}
