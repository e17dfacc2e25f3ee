/** What is in a layer, and not in its archive. */
import { walkTree } from './walk.ts';

/**
 * Paths, parents first. `known`: inodes of what the archive has; the directories on the way to it are known as well.
 * Sockets are in no archive.
 */
export function strangersIn(root: number, known: ReadonlySet<bigint>): Iterable<string> {
  const strangers = new Set<string>();
  walkTree(root, ({ path, stat }) => {
    if (known.has(stat.ino)) forgetParents(strangers, path);
    else if (path !== '' && !stat.isSocket()) strangers.add(path);
  });
  return strangers;
}

function forgetParents(strangers: Set<string>, path: string): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (!strangers.delete(path.slice(0, end))) return;
  }
}
