/**
 * A tar entry to bytes: POSIX ustar, with a pax header before it for what that cannot hold, and for a file with holes
 * GNU's sparse format 1.0 (GNU tar manual, "Storing Sparse Files").
 */
import { BLOCK, type EntryType, type SparseMap, type TarEntry } from './header.ts';

const TYPE: Partial<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const BILLION = 1_000_000_000n;
const NAME_MAX = 100;
/** What 7 and 11 octal digits hold. */
const ID_MAX = 0o7777777;
const NUMBER_MAX = 0o77777777777;

export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK);

/**
 * Header blocks of the entry, without its data: of a sparse file, the chunks one after the other. The same entry gives
 * the same bytes.
 */
export function encodeEntry(entry: TarEntry): Buffer {
  if (entry.sparse) return encodeSparse(entry, entry.sparse);
  return encodePlain(entry, paxRecords(entry));
}

/** A reader that does not know the format sees a file of another name, not a wrong one of this name. */
function encodeSparse(entry: TarEntry, { realSize, chunks }: SparseMap): Buffer {
  const map = Buffer.from(sparseText(realSize, chunks));
  const blocks = Buffer.concat([map, padding(map.length)]);
  const name = `GNUSparseFile.0/${entry.name.slice(entry.name.lastIndexOf('/') + 1).slice(0, 80)}`;
  const size = entry.size + blocks.length;
  const records = [
    record('GNU.sparse.major', Buffer.from('1')),
    record('GNU.sparse.minor', Buffer.from('0')),
    record('GNU.sparse.name', Buffer.from(entry.name, 'latin1')),
    record('GNU.sparse.realsize', Buffer.from(String(realSize))),
    ...paxRecords({ ...entry, name: '', size }),
  ];
  return Buffer.concat([encodePlain({ ...entry, name, size }, records), blocks]);
}

/** The map as lines of numbers. GNU tar makes a file as long as its map: a hole at the end has an empty chunk behind it. */
function sparseText(realSize: number, chunks: SparseMap['chunks']): string {
  const last = chunks.at(-1);
  const isWhole = last !== undefined && last.offset + last.length === realSize;
  const mapped = isWhole ? chunks : [...chunks, { offset: realSize, length: 0 }];
  const lines = [mapped.length, ...mapped.flatMap(({ offset, length }) => [offset, length])];
  return `${lines.join('\n')}\n`;
}

function encodePlain(entry: TarEntry, records: Buffer[]): Buffer {
  const header = encodeHeader(entry, TYPE[entry.type] ?? '0');
  if (records.length === 0) return header;
  const data = Buffer.concat(records);
  const about: TarEntry = {
    ...entry,
    name: 'PaxHeaders',
    linkName: '',
    size: data.length,
    uid: 0,
    gid: 0,
    mtime: 0n,
  };
  return Buffer.concat([encodeHeader(about, 'x'), data, padding(data.length), header]);
}

/** Zeros up to the next block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function paxRecords(entry: TarEntry): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: string | Buffer) => records.push(record(key, Buffer.from(value)));
  if (!fits(entry.name)) add('path', Buffer.from(entry.name, 'latin1'));
  if (!fits(entry.linkName)) add('linkpath', Buffer.from(entry.linkName, 'latin1'));
  if (entry.uid > ID_MAX) add('uid', String(entry.uid));
  if (entry.gid > ID_MAX) add('gid', String(entry.gid));
  if (entry.size > NUMBER_MAX) add('size', String(entry.size));
  if (!isWholeSecond(entry.mtime)) add('mtime', decimalSeconds(entry.mtime));
  for (const name of [...entry.xattrs.keys()].sort()) {
    add(`SCHILY.xattr.${name}`, entry.xattrs.get(name) ?? '');
  }
  return records;
}

function encodeHeader(entry: TarEntry, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(entry.name.slice(0, NAME_MAX), 0, 'latin1');
  octal(block, entry.mode, 100, 8);
  octal(block, entry.uid > ID_MAX ? 0 : entry.uid, 108, 8);
  octal(block, entry.gid > ID_MAX ? 0 : entry.gid, 116, 8);
  octal(block, entry.size > NUMBER_MAX ? 0 : entry.size, 124, 12);
  octal(block, isWholeSecond(entry.mtime) ? Number(entry.mtime / BILLION) : 0, 136, 12);
  block.write(type, 156, 'latin1');
  block.write(entry.linkName.slice(0, NAME_MAX), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(block, entry.major, 329, 8);
  octal(block, entry.minor, 337, 8);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Short and plain ASCII: readers do not agree on what other bytes in the old fields mean. */
function fits(name: string): boolean {
  return name.length <= NAME_MAX && !/[^\x20-\x7e]/.test(name);
}

function isWholeSecond(mtime: bigint): boolean {
  return mtime >= 0n && mtime % BILLION === 0n && mtime / BILLION <= BigInt(NUMBER_MAX);
}

function decimalSeconds(mtime: bigint): string {
  const sign = mtime < 0n ? '-' : '';
  const nano = mtime < 0n ? -mtime : mtime;
  const fraction = String(nano % BILLION)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${nano / BILLION}${fraction && `.${fraction}`}`;
}

function record(key: string, value: Buffer): Buffer {
  const body = key.length + value.length + 3;
  let length = body + 1;
  while (String(length).length + body !== length) length = String(length).length + body;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

function octal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
}
