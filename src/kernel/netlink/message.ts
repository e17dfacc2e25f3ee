/** The wire form of netlink(7): a header of 16 bytes, a body, and attributes (type, length, value, padded to 4 bytes). */

/** netlink(7), "nlmsg_flags". */
export const NLM = {
  REQUEST: 1,
  MULTI: 2,
  ACK: 4,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

export const HEADER = 16;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

export const align = (length: number): number => (length + 3) & ~3;

export function attribute(type: number, value: Uint8Array): Buffer {
  const length = 4 + value.length;
  const buffer = Buffer.alloc(align(length));
  buffer.writeUInt16LE(length, 0);
  buffer.writeUInt16LE(type, 2);
  buffer.set(value, 4);
  return buffer;
}

/** An attribute made of attributes. */
export function nested(type: number, ...parts: Uint8Array[]): Buffer {
  return attribute(type | NESTED, Buffer.concat(parts));
}

/** In the byte order of the machine (little-endian on every one this runs on), as rtnetlink has it. */
export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

/** In network byte order, as nfnetlink has it. */
export function be32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value >>> 0);
  return buffer;
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

/** The sequence number is written by the socket that sends it. */
export function message(type: number, flags: number, ...body: Uint8Array[]): Buffer {
  const length = body.reduce((sum, part) => sum + part.length, HEADER);
  const buffer = Buffer.alloc(align(length));
  buffer.writeUInt32LE(length, 0);
  buffer.writeUInt16LE(type, 4);
  buffer.writeUInt16LE(flags | NLM.REQUEST, 6);
  let offset = HEADER;
  for (const part of body) {
    buffer.set(part, offset);
    offset += part.length;
  }
  return buffer;
}

export interface Received {
  type: number;
  flags: number;
  sequence: number;
  body: Buffer;
}

/** Cuts one datagram into its messages. A length that does not fit ends it. */
export function* messagesOf(datagram: Buffer): Generator<Received> {
  let offset = 0;
  while (offset + HEADER <= datagram.length) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER || offset + length > datagram.length) return;
    yield {
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      body: datagram.subarray(offset + HEADER, offset + length),
    };
    offset += align(length);
  }
}

/** Attributes by type; of several with one type the last. */
export function attributesOf(buffer: Buffer): Map<number, Buffer> {
  return new Map(attributeList(buffer));
}

export function* attributeList(buffer: Buffer): Generator<[number, Buffer]> {
  let offset = 0;
  while (offset + 4 <= buffer.length) {
    const length = buffer.readUInt16LE(offset);
    if (length < 4 || offset + length > buffer.length) return;
    yield [buffer.readUInt16LE(offset + 2) & TYPE_MASK, buffer.subarray(offset + 4, offset + length)];
    offset += align(length);
  }
}

/** A string attribute without its closing NUL. */
export function textOf(value: Buffer | undefined): string {
  if (value === undefined) return '';
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end < 0 ? value.length : end);
}
