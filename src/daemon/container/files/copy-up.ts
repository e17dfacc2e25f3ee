/**
 * The image's content of a mount point into a fresh volume: packed and unpacked by the code that `docker cp` uses, so
 * that owners, modes, times, attributes, links and holes arrive as they are. Runs in a worker.
 */
import { chmodSync, chownSync, closeSync, openSync } from 'node:fs';
import { errnoOf } from '../../../core/errors.ts';
import { TarReader } from '../../../image/tar/reader.ts';
import {
  closeEntry,
  describe,
  namesIn,
  type TreeEntry,
  withEntry,
  xattrsOf,
} from '../../../image/tree/entry.ts';
import { TreePacker } from '../../../image/tree/pack.ts';
import { O, openInRoot, utimesAt } from '../../../kernel/path.ts';
import { setXattr } from '../../../kernel/xattr.ts';
import { TreeWriter } from './extract.ts';

/** False: the image has no such directory, or the target is not empty; then nothing is done. */
export function copyUp(root: number, path: string, target: string): boolean {
  const source = openDirectory(root, path);
  if (!source) return false;
  const into = describe(openSync(target, O.PATH | O.DIRECTORY));
  try {
    if (namesIn(into).length > 0) return false;
    copyContent(source, into);
    copyAttributes(source, into);
    return true;
  } finally {
    closeEntry(source);
    closeSync(into.fd);
  }
}

function openDirectory(root: number, path: string): TreeEntry | undefined {
  try {
    return describe(openInRoot(root, path, O.PATH | O.DIRECTORY));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function copyContent(source: TreeEntry, into: TreeEntry): void {
  const writer = new TreeWriter(into.fd, '', { keepKinds: true });
  try {
    const reader = new TarReader(writer);
    const packer = new TreePacker((bytes) => reader.push(bytes));
    for (const name of namesIn(source)) withEntry(source.fd, name, (entry) => packer.addTree(entry, name));
    packer.finish();
    writer.finish();
  } finally {
    writer.close();
  }
}

function copyAttributes(source: TreeEntry, { fd }: TreeEntry): void {
  const { uid, gid, mode, mtimeNs } = source.stat;
  const through = `/proc/self/fd/${fd}`;
  chownSync(through, Number(uid), Number(gid));
  chmodSync(through, Number(mode) & 0o7777);
  for (const [name, value] of xattrsOf(source, (xattr) => xattr.startsWith('trusted.overlay.'))) {
    setXattr(fd, name, value);
  }
  utimesAt(fd, '.', mtimeNs);
}
