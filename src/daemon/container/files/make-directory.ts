/** A directory that a container is to have, before it has run. Runs in a worker. */
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { ParentDirectories } from '../../../image/layer/parents.ts';

/** Links stay inside the root. Throws `invalid-argument`, in Docker's words, where something else is in the way. */
export function makeDirectory(root: number, path: string): void {
  const parents = new ParentDirectories(root);
  try {
    parents.open(Buffer.from(path).toString('latin1').replace(/^\/+/, ''));
  } catch (error) {
    const code = errnoOf(error) ?? '';
    // ENOENT: a link that leads nowhere.
    if (['ENOTDIR', 'ENOENT', 'ELOOP'].includes(code))
      throw invalidArgument(`Cannot mkdir: ${path} is not a directory`, error);
    if (code === 'ENAMETOOLONG') throw invalidArgument(`mkdir ${path}: file name too long`, error);
    throw error;
  } finally {
    parents.close();
  }
}
