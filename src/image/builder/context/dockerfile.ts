/** Finds the Dockerfile in a context. No link leads out of it. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { O, withOpenInRoot } from '../../../kernel/path.ts';

const LARGEST = 4 * 1024 * 1024;

/** `name` empty: `Dockerfile`, or `dockerfile` where only that is. Throws `invalid-argument` in Docker's words. */
export function readDockerfile(directory: string, name: string): { name: string; text: string } {
  const path = posix.normalize(name);
  if (path === '..' || path.startsWith('../'))
    throw invalidArgument(`forbidden path outside the build context: ${name} ()`);
  const candidates = name === '' || name === 'Dockerfile' ? ['Dockerfile', 'dockerfile'] : [name];
  for (const candidate of candidates) {
    const text = readContextFile(directory, candidate);
    if (text !== undefined) return { name: candidate, text };
  }
  throw invalidArgument(`Cannot locate specified Dockerfile: ${candidates[0]}`);
}

/** Undefined if there is no such regular file. */
export function readContextFile(directory: string, path: string): string | undefined {
  const root = openSync(directory, O.PATH | O.DIRECTORY);
  try {
    return withOpenInRoot(root, path, O.RDONLY | O.NONBLOCK, (fd) => {
      const stat = fstatSync(fd);
      if (!stat.isFile()) return undefined;
      if (stat.size > LARGEST) throw invalidArgument(`${path} is larger than ${LARGEST} bytes`);
      return readFileSync(fd, 'utf8');
    });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  } finally {
    closeSync(root);
  }
}
