/** What `X-Docker-Container-Path-Stat` says of a file: Go's os.FileInfo, with the link's target. Runs in a worker. */
import type { PathStat } from '../../../api/container.ts';
import { timestamp } from '../../../core/time.ts';
import type { TreeEntry } from '../../../image/tree/entry.ts';
import type { FileKind } from '../../../kernel/node.ts';
import { type ContainerPath, resolveLink } from './path.ts';

/** Go's io/fs, "FileMode": the bits above the permissions. */
const KIND_BITS: Record<FileKind, number> = {
  file: 0,
  directory: 2 ** 31,
  symlink: 2 ** 27,
  block: 2 ** 26,
  character: 2 ** 26 + 2 ** 21,
  fifo: 2 ** 25,
  socket: 2 ** 24,
};
const SPECIAL_BITS = [
  [0o4000, 2 ** 23],
  [0o2000, 2 ** 22],
  [0o1000, 2 ** 20],
] as const;

export function pathStat(root: number, { path, name }: ContainerPath, { kind, stat }: TreeEntry): PathStat {
  return {
    name,
    size: Number(stat.size),
    mode: goMode(kind, Number(stat.mode)),
    mtime: timestamp(stat.mtimeNs),
    linkTarget: kind === 'symlink' ? resolveLink(root, path) : '',
  };
}

/** `mode`: as stat(2) has it. */
export function goMode(kind: FileKind, mode: number): number {
  const special = SPECIAL_BITS.reduce((sum, [unix, go]) => sum + (mode & unix ? go : 0), 0);
  return (mode & 0o777) + KIND_BITS[kind] + special;
}
