// One header block of a tar archive (POSIX.1-2017, pax: "ustar Interchange Format"), both ways.

export const blockSize = 512;

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'fifo'
  | 'device'
  | 'pax'
  | 'global-pax'
  | 'long-name'
  | 'long-link';

export interface Header {
  readonly name: string;
  readonly type: EntryType;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly linkname: string;
}

const typeFlags: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'fifo',
  x: 'pax',
  g: 'global-pax',
  L: 'long-name',
  K: 'long-link',
};

const flagOf: Partial<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  directory: '5',
  fifo: '6',
  pax: 'x',
};

/** Undefined for the block of zeros that ends an archive. Throws when the block is no header. */
export function decodeHeader(block: Buffer): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (readNumber(block, 148, 8) !== checksum(block)) throw new Error('archive/tar: invalid tar header');
  const flag = String.fromCharCode(block[156] ?? 0);
  const type = typeFlags[flag];
  if (!type) throw new Error(`archive/tar: unknown type of entry ${JSON.stringify(flag)}`);
  const ustar = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0;
  const prefix = ustar ? readText(block, 345, 155) : '';
  const name = readText(block, 0, 100);
  return {
    name: prefix ? `${prefix}/${name}` : name,
    type: type === 'file' && name.endsWith('/') ? 'directory' : type,
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: readNumber(block, 108, 8),
    gid: readNumber(block, 116, 8),
    size: readNumber(block, 124, 12),
    mtime: readNumber(block, 136, 12),
    linkname: readText(block, 157, 100),
  };
}

/** The header, with a pax header in front of it where a field does not fit. */
export function encodeHeader(header: Header): Buffer {
  const pax: Record<string, string> = {};
  if (!fits(header.name, 100)) pax.path = header.name;
  if (!fits(header.linkname, 100)) pax.linkpath = header.linkname;
  if (header.size >= 8 ** 11) pax.size = String(header.size);
  if (header.uid >= 8 ** 7) pax.uid = String(header.uid);
  if (header.gid >= 8 ** 7) pax.gid = String(header.gid);
  if (Object.keys(pax).length === 0) return encodeBlock(header);
  const records = Buffer.concat(Object.entries(pax).map(([key, value]) => paxRecord(key, value)));
  const extra = {
    ...header,
    name: 'PaxHeader',
    type: 'pax' as const,
    size: records.length,
    linkname: '',
    uid: 0,
    gid: 0,
  };
  return Buffer.concat([encodeBlock(extra), records, padding(records.length), encodeBlock(header)]);
}

/** The zeros that fill the last block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

/** `LENGTH key=value\n` records. */
export function readPax(content: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length < 5)
      throw new Error('archive/tar: invalid pax record');
    const [key = '', value = ''] = content.toString('utf8', space + 1, at + length - 1).split(/=(.*)/s);
    fields[key] = value;
    at += length;
  }
  return fields;
}

function encodeBlock(header: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(fits(header.name, 100) ? header.name : shortened(header.name), 0, 100, 'utf8');
  writeOctal(block, header.mode, 100, 8);
  writeOctal(block, header.uid % 8 ** 7, 108, 8);
  writeOctal(block, header.gid % 8 ** 7, 116, 8);
  writeOctal(block, header.size >= 8 ** 11 ? 0 : header.size, 124, 12);
  writeOctal(block, Math.max(0, Math.trunc(header.mtime)), 136, 12);
  block.write(flagOf[header.type] ?? '0', 156, 1, 'latin1');
  block.write(fits(header.linkname, 100) ? header.linkname : shortened(header.linkname), 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 8, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

/** Whole characters only; the pax record holds the full text. */
function shortened(text: string): string {
  return [...text]
    .filter((sign) => sign >= ' ' && sign <= '~')
    .join('')
    .slice(0, 99);
}

function fits(text: string, room: number): boolean {
  return Buffer.byteLength(text) <= room && /^[\x20-\x7e]*$/.test(text);
}

function paxRecord(key: string, value: string): Buffer {
  const body = ` ${key}=${value}\n`;
  const bodyLength = Buffer.byteLength(body);
  // The length counts its own digits.
  let length = bodyLength + 1;
  while (String(length).length + bodyLength !== length) length = String(length).length + bodyLength;
  return Buffer.from(`${length}${body}`);
}

function writeOctal(block: Buffer, value: number, at: number, width: number): void {
  block.write(value.toString(8).padStart(width - 1, '0'), at, width - 1, 'latin1');
}

/** Octal text, or GNU's base 256 when the first bit is set. */
function readNumber(block: Buffer, at: number, width: number): number {
  const first = block[at] ?? 0;
  if (first & 0x80)
    return Number(
      BigInt(`0x${block.toString('hex', at, at + width)}`) & ((1n << BigInt(width * 8 - 1)) - 1n),
    );
  const text = block
    .toString('latin1', at, at + width)
    .replace(/[\0 ].*$/s, (rest) => (/[0-7]/.test(rest) ? rest : ''))
    .trim();
  const value = Number.parseInt(text || '0', 8);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error('archive/tar: invalid number in tar header');
  return value;
}

function readText(block: Buffer, at: number, width: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end < 0 || end > at + width ? at + width : end);
}

/** Sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 32;
  for (let index = 0; index < blockSize; index++) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum;
}
