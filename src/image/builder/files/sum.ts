/**
 * Checksums of what is copied: Docker's "tarsum v1", the SHA-256 of a file's tar header without its times, then of
 * its content. Equal files give the hash that Docker's classic builder writes into a history.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { errnoOf } from '../../../core/errors.ts';
import { getXattr } from '../../../kernel/xattr.ts';
import {
  type Check,
  contentOf,
  type Entry,
  join,
  namesIn,
  pathBelow,
  readLink,
  withEntry,
  withTarget,
} from './entry.ts';

export interface Sum {
  /** `file:…` or `dir:…`, as Docker's. */
  hash: string;
  /**
   * The links that were hashed as what they lead to, which is Docker's way: path and target of each. A cache needs
   * them too, for what is copied is the link.
   */
  links: string[];
}

/** `name` is the path below the root of the source. */
export function fileSum(entry: Entry, name: string, check: Check): Sum {
  return { hash: `file:${entrySum(entry, name, check)}`, links: [] };
}

export interface Summing {
  /** Which paths below the directory are left out. */
  skips: (below: string) => boolean;
  check: Check;
}

/** Of the directory, unless it is the root, and all that is below it. */
export function directorySum(root: number, directory: Entry, path: string, { skips, check }: Summing): Sum {
  const sums: string[] = path === '' ? [] : [entrySum(directory, path, check)];
  const links: string[] = [];
  const collect = (fd: number, below: string): void => {
    for (const name of namesIn(fd)) {
      const inside = join(below, name);
      withEntry(fd, name, (entry) => {
        if (entry.kind === 'directory') collect(entry.fd, inside);
        if (skips(inside)) return;
        if (entry.kind !== 'symlink') {
          sums.push(entrySum(entry, join(path, inside), check));
          return;
        }
        const target = readLink(fd, name);
        links.push(`${inside} -> ${target}`);
        sums.push(linkSum(root, join(path, inside), target, check));
      });
    }
  };
  collect(directory.fd, '');
  return { hash: combine('dir', sums.sort()), links };
}

/** Docker's way to make one hash of many. */
export function combine(prefix: string, sums: readonly string[]): string {
  return `${prefix}:${createHash('sha256').update(sums.join(',')).digest('hex')}`;
}

/** Of what the link leads to inside the root; where that is nothing, the path stands for its sum. */
function linkSum(root: number, path: string, target: string, check: Check): string {
  try {
    return withTarget(root, path, (entry) => entrySum(entry, pathBelow(root, entry.fd), check));
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
    return posix.join('/', target.startsWith('/') ? '' : posix.dirname(path), target).slice(1);
  }
}

function entrySum(entry: Entry, name: string, check: Check): string {
  check();
  const hash = createHash('sha256');
  for (const field of headerFields(entry, name)) hash.update(field, 'latin1');
  if (entry.kind === 'file') for (const chunk of contentOf(entry, check)) hash.update(chunk);
  return hash.digest('hex');
}

/** Never of a link: it is followed before. */
const TYPE_FLAGS: Record<Entry['kind'], string> = { file: '0', directory: '5', symlink: '2', other: '3' };

/** Names and values in tarsum's order; the modification time is what it leaves out. */
function headerFields(entry: Entry, name: string): string[] {
  const { kind, mode, stat } = entry;
  return [
    `name${name}${kind === 'directory' ? '/' : ''}`,
    `mode${mode}`,
    `uid${stat.uid}`,
    `gid${stat.gid}`,
    `size${kind === 'file' ? stat.size : 0}`,
    `typeflag${TYPE_FLAGS[kind]}`,
    'linkname',
    'uname',
    'gname',
    'devmajor0',
    'devminor0',
    ...capabilities(entry),
  ];
}

const CAPABILITY = 'security.capability';

function capabilities(entry: Entry): string[] {
  if (entry.kind !== 'file') return [];
  try {
    return [CAPABILITY + getXattr(entry.fd, CAPABILITY).toString('latin1')];
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENODATA' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') return [];
    throw error;
  }
}
