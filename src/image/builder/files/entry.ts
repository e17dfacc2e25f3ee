/**
 * One name in a directory, opened without following anything; the words that finding, hashing and copying share.
 * Synchronous: it all runs in a worker (build-files-worker.ts). Names are bytes, one latin1 character each.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { S } from '../../../kernel/node.ts';
import { cstring, O, openAt, openInRoot } from '../../../kernel/path.ts';

export interface Entry {
  /** O_PATH. */
  fd: number;
  kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Type and permissions. */
  mode: number;
  stat: BigIntStats;
}

/** The entry itself, even if it is a link. */
export function withEntry<T>(dir: number, name: string, operation: (entry: Entry) => T): T {
  return using(openAt(dir, cstring(name), O.PATH | O.NOFOLLOW), (fd) => operation(describe(fd)));
}

/** What a path leads to inside `root`, links followed. `''` is the root. */
export function withTarget<T>(root: number, path: string, operation: (entry: Entry) => T): T {
  return using(openInRoot(root, cstring(path || '.'), O.PATH), (fd) => operation(describe(fd)));
}

export function withDirectory<T>(path: string, operation: (fd: number) => T): T {
  return using(openSync(path, O.PATH | O.DIRECTORY), operation);
}

export function using<T>(fd: number, operation: (fd: number) => T): T {
  try {
    return operation(fd);
  } finally {
    closeSync(fd);
  }
}

/** In the order of their bytes. */
export function namesIn(directory: number): string[] {
  return readdirSync(`/proc/self/fd/${directory}`, { encoding: 'latin1' }).sort((a, b) => (a < b ? -1 : 1));
}

/** readlink(2) does not follow the last component, and the first is a descriptor. */
export function readLink(dir: number, name: string): string {
  return readlinkSync(procPath(dir, name), 'latin1');
}

/** Throws once nobody wants the work any more. Called for every entry and every piece of a file. */
export type Check = () => void;

/** Each chunk is valid until the next is asked for. */
export function* contentOf(entry: Entry, check: Check): Generator<Buffer> {
  const fd = openSync(`/proc/self/fd/${entry.fd}`, constants.O_RDONLY);
  const buffer = Buffer.allocUnsafe(256 * 1024);
  try {
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
      check();
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

/** Where a descriptor is below `root`, in bytes: the path with all links resolved. */
export function pathBelow(root: number, fd: number): string {
  const base = readlinkSync(`/proc/self/fd/${root}`, 'latin1');
  const path = readlinkSync(`/proc/self/fd/${fd}`, 'latin1');
  return base === '/' ? path.slice(1) : path.slice(base.length + 1);
}

/** A name in an open directory as a path for node:fs; its last component must not be followed by the caller. */
export function procPath(dir: number, name: string): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${dir}/`), Buffer.from(name, 'latin1')]);
}

export function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

export function toText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

export function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function describe(fd: number): Entry {
  const stat = fstatSync(fd, { bigint: true });
  const mode = Number(stat.mode);
  return { fd, kind: kindOf(mode), mode, stat };
}

function kindOf(mode: number): Entry['kind'] {
  switch (mode & S.IFMT) {
    case S.IFREG:
      return 'file';
    case S.IFDIR:
      return 'directory';
    case S.IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}
