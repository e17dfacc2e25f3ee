/** Tar archives byte by byte, for what no archiver would write. Numbers and names go in as they are given. */
export interface Header {
  name: string;
  type?: string;
  /** Written into the size field; default: the data's length. */
  size?: number | string;
  data?: string | Buffer;
  linkName?: string;
  mode?: number;
  uid?: number | string;
  gid?: number;
  mtime?: number | string;
  major?: number;
  minor?: number;
  prefix?: string;
  magic?: string;
}

const BLOCK = 512;
export const END = Buffer.alloc(2 * BLOCK);

export function tar(...parts: (Buffer | Header)[]): Buffer {
  return Buffer.concat([...parts.map((part) => (Buffer.isBuffer(part) ? part : entry(part))), END]);
}

export function entry(header: Header): Buffer {
  const data = Buffer.from(header.data ?? '');
  return Buffer.concat([block(header, data.length), padded(data)]);
}

/** Records in order; values may be bytes. */
export function pax(records: [string, string | Buffer][], type = 'x'): Buffer {
  return entry({ name: 'PaxHeader', type, data: Buffer.concat(records.map(record)) });
}

export function gnuLong(name: string, type: 'L' | 'K' = 'L'): Buffer {
  return entry({ name: '././@LongLink', type, data: `${name}\0`, magic: 'ustar  \0' });
}

export function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

function record([key, value]: [string, string | Buffer]): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

export function block(header: Header, length = 0): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(header.name, 0, 100);
  field(bytes, header.mode ?? (header.type === '5' ? 0o755 : 0o644), 100, 8);
  field(bytes, header.uid ?? 0, 108, 8);
  field(bytes, header.gid ?? 0, 116, 8);
  field(bytes, header.size ?? length, 124, 12);
  field(bytes, header.mtime ?? 1_700_000_000, 136, 12);
  bytes.write(header.type ?? '0', 156);
  bytes.write(header.linkName ?? '', 157, 100);
  bytes.write(header.magic ?? 'ustar\x0000', 257);
  field(bytes, header.major ?? 0, 329, 8);
  field(bytes, header.minor ?? 0, 337, 8);
  bytes.write(header.prefix ?? '', 345, 155);
  return sealed(bytes);
}

/** Writes the checksum. */
export function sealed(bytes: Buffer): Buffer {
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** Base 256 with the first bit set, two's complement: GNU's way to write what octal cannot hold. */
export function base256(value: bigint, length: number): string {
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes.toString('latin1');
}

function field(bytes: Buffer, value: number | string, offset: number, length: number): void {
  if (typeof value === 'string') bytes.write(value, offset, length, 'latin1');
  else bytes.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
}
