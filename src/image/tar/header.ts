/**
 * One 512-byte tar header (POSIX ustar, GNU) to an entry and back. Names are kept as bytes, one latin1 character
 * each: Linux names need not be UTF-8, and what goes in must come out.
 */
import { invalidArgument } from '../../core/errors.ts';
import { boundTime, integer, number } from './number.ts';

export const BLOCK = 512;

export type EntryType =
  | 'file'
  | 'hardlink'
  | 'symlink'
  | 'character'
  | 'block'
  | 'directory'
  | 'fifo'
  /** A header about the next entry; never seen outside `tar/`. */
  | 'pax'
  | 'pax-global'
  | 'long-name'
  | 'long-link'
  | 'gnu-sparse'
  | 'other';

export interface TarEntry {
  type: EntryType;
  name: string;
  linkName: string;
  /** Permission bits, set-id and sticky included. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes that follow in the archive. */
  size: number;
  /** Nanoseconds since 1970, in 64 bits (`boundTime`). */
  mtime: bigint;
  major: number;
  minor: number;
  /** Extended attributes by name. */
  xattrs: ReadonlyMap<string, Buffer>;
  /** Where the data belongs, if the file has holes; `size` is then that of the data alone. */
  sparse?: SparseMap;
}

export interface SparseMap {
  /** Size of the whole file, holes included. */
  realSize: number;
  /** In order, not overlapping. */
  chunks: { offset: number; length: number }[];
}

/** Most entries have none. */
const NO_XATTRS: ReadonlyMap<string, Buffer> = new Map();

const TYPES: Record<string, EntryType> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  x: 'pax',
  g: 'pax-global',
  L: 'long-name',
  K: 'long-link',
  S: 'gnu-sparse',
};

/** Undefined for a block of zeros. Throws `invalid-argument` when the checksum or a number is wrong. */
export function decodeHeader(block: Buffer): TarEntry | undefined {
  if (!checksumHolds(block)) {
    if (isZero(block)) return undefined;
    throw invalidArgument('archive/tar: invalid tar header');
  }
  const type = TYPES[String.fromCharCode(block[156] ?? 0)] ?? 'other';
  const name = text(block, 0, 100);
  const entry: TarEntry = {
    type,
    name: withPrefix(block, name),
    linkName: text(block, 157, 100),
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    mtime: boundTime(integer(block, 136, 12) * 1_000_000_000n),
    major: 0,
    minor: 0,
    xattrs: NO_XATTRS,
  };
  if (type === 'character' || type === 'block') {
    entry.major = number(block, 329, 8);
    entry.minor = number(block, 337, 8);
  }
  if (entry.size < 0) throw invalidArgument('archive/tar: negative size');
  // Writers before POSIX marked a directory by the slash at the end of its name alone.
  if (type === 'file' && block[156] === 0 && entry.name.endsWith('/')) entry.type = 'directory';
  return entry;
}

export function isZero(block: Buffer): boolean {
  for (let i = 0; i < block.length; i++) if (block[i] !== 0) return false;
  return true;
}

/** A field up to its NUL. */
export function text(block: Buffer, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return block.toString('latin1', offset, end);
}

/** POSIX ustar splits long names in two fields; GNU's magic ends in a space and uses the field otherwise. */
function withPrefix(block: Buffer, name: string): string {
  const posix = block[257] === 0x75 && block[262] === 0 && block.toString('latin1', 257, 262) === 'ustar';
  if (!posix || block[345] === 0) return name;
  return `${text(block, 345, 155)}/${name}`;
}

/** POSIX: the sum of all bytes, those of the field itself taken as spaces. Some old writers summed signed bytes. */
function checksumHolds(block: Buffer): boolean {
  let sum = 256;
  for (let i = 0; i < 148; i++) sum += block[i] ?? 0;
  for (let i = 156; i < BLOCK; i++) sum += block[i] ?? 0;
  const stated = number(block, 148, 8);
  if (sum === stated && stated !== 256) return true;
  let signed = 256;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) signed += ((block[i] ?? 0) << 24) >> 24;
  return signed === stated && sum !== 256;
}
