/** Pax extended headers (POSIX pax, "Extended Header"): records `length key=value\n`, values are bytes. */
import { invalidArgument } from '../../core/errors.ts';
import type { SparseMap, TarEntry } from './header.ts';
import { boundTime, INT64_MAX } from './number.ts';

/** In the order they stand; a later record for a key wins (except where GNU's sparse 0.0 repeats keys). */
export type PaxRecords = [key: string, value: Buffer][];

const XATTR = 'SCHILY.xattr.';

export function decodePax(data: Buffer): PaxRecords {
  const records: PaxRecords = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 ? '' : data.toString('latin1', at, space);
    const length = /^[0-9]{1,10}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length <= digits.length + 1 || end > data.length || data[end - 1] !== 0x0a) throw badRecord();
    const equals = data.indexOf(0x3d, space);
    if (equals < 0 || equals >= end) throw badRecord();
    records.push([data.toString('utf8', space + 1, equals), Buffer.from(data.subarray(equals + 1, end - 1))]);
    at = end;
  }
  return records;
}

/** Changes the entry as the records say. Throws `invalid-argument` for what no file can have. */
export function applyPax(entry: TarEntry, records: PaxRecords): void {
  const xattrs = new Map<string, Buffer>();
  for (const [key, value] of records) {
    if (!key.startsWith(XATTR)) FIELDS[key]?.(entry, value);
    else if (value.length > 0) xattrs.set(key.slice(XATTR.length), value);
  }
  if (xattrs.size > 0) entry.xattrs = xattrs;
}

/** Names are bytes as in a plain header. A NUL would cut them short below us, so it is refused here. */
const FIELDS: Record<string, (entry: TarEntry, value: Buffer) => void> = {
  path: (entry, value) => {
    if (value.length > 0) entry.name = nameOf(value);
  },
  linkpath: (entry, value) => {
    if (value.length > 0) entry.linkName = nameOf(value);
  },
  size: (entry, value) => {
    entry.size = integer(value);
  },
  uid: (entry, value) => {
    entry.uid = integer(value);
  },
  gid: (entry, value) => {
    entry.gid = integer(value);
  },
  mtime: (entry, value) => {
    if (value.length > 0) entry.mtime = boundTime(nanoseconds(value.toString('latin1')));
  },
  'GNU.sparse.name': (entry, value) => {
    entry.name = nameOf(value);
  },
};

/** GNU tar's sparse formats 0.0 and 0.1, whose map stands in the header; 1.0 has it before the data (`major` 1). */
export function sparseOf(records: PaxRecords): { map?: SparseMap; mapInData?: { realSize: number } } {
  const last = new Map(records);
  if (last.get('GNU.sparse.major')?.toString('latin1') === '1') {
    return { mapInData: { realSize: integer(last.get('GNU.sparse.realsize') ?? Buffer.alloc(0)) } };
  }
  const size = last.get('GNU.sparse.size') ?? last.get('GNU.sparse.realsize');
  if (size === undefined || !last.has('GNU.sparse.numblocks')) return {};
  const listed = last.get('GNU.sparse.map');
  const numbers =
    listed === undefined
      ? records
          .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
          .map(([, value]) => integer(value))
      : listed.length === 0
        ? []
        : listed
            .toString('latin1')
            .split(',')
            .map((part) => integer(Buffer.from(part)));
  return { map: sparseMap(integer(size), numbers) };
}

/** From offset, length, offset, length …; throws unless they ascend and end within the file. */
export function sparseMap(realSize: number, numbers: number[]): SparseMap {
  const chunks: SparseMap['chunks'] = [];
  let end = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const [offset, length] = [numbers[i], numbers[i + 1]];
    if (offset === undefined || length === undefined || offset < end || offset + length > realSize) {
      throw invalidArgument('archive/tar: invalid map of a sparse file');
    }
    chunks.push({ offset, length });
    end = offset + length;
  }
  return { realSize, chunks };
}

export function integer(value: Buffer): number {
  const digits = value.toString('latin1');
  const result = Number(digits);
  if (!/^[0-9]{1,16}$/.test(digits) || !Number.isSafeInteger(result)) throw badRecord();
  return result;
}

function nameOf(value: Buffer): string {
  if (value.includes(0)) throw invalidArgument('archive/tar: a name holds a NUL byte');
  return value.toString('latin1');
}

function nanoseconds(decimal: string): bigint {
  const match = /^([+-]?)([0-9]{1,19})(?:\.([0-9]*))?$/.exec(decimal);
  if (!match) throw badRecord();
  const [, sign, seconds = '0', fraction = ''] = match;
  if (BigInt(seconds) > INT64_MAX) throw badRecord();
  const nano = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -nano : nano;
}

function badRecord() {
  return invalidArgument('archive/tar: invalid record in a pax header');
}
