// Reads a tar archive as it arrives: entries in order, each with its content as a stream of pieces.

import { blockSize, decodeHeader, type Header, readPax } from './header.ts';
import { withHoles } from './sparse.ts';

export interface Entry {
  readonly header: Header;
  /** Must be read to its end before the next entry; what is left unread is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** Names and pax records longer than this are an attack, not an archive. */
const longest = 1 << 20;

export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const bytes = byteReader(source);
  let overrides: Overrides = {};
  for (;;) {
    const block = await bytes.exactly(blockSize);
    const header = block && decodeHeader(block);
    if (!header) break;
    if (header.type === 'pax' || header.type === 'long-name' || header.type === 'long-link') {
      overrides = { ...overrides, ...readExtension(header, await wholeContent(bytes, header)) };
      continue;
    }
    if (header.type === 'global-pax') {
      await wholeContent(bytes, header);
      continue;
    }
    const { realSize, ...entry } = { ...header, ...overrides };
    overrides = {};
    const size = entry.type === 'file' ? entry.size : 0;
    let left = size;
    const data = async function* () {
      while (left > 0) {
        const piece = await bytes.upTo(left);
        left -= piece.length;
        yield piece;
      }
    };
    const content = realSize === undefined ? data() : withHoles(data(), realSize);
    yield { header: { ...entry, size: realSize ?? size }, content };
    for await (const _ of data()) {
      // Skips what the consumer did not want.
    }
    await bytes.exactly((blockSize - (size % blockSize)) % blockSize);
  }
  // Lets the sender finish.
  await bytes.drain();
}

/** What stands before an entry about it. `realSize`: it has holes, and its data begins with a map of them. */
type Overrides = Partial<Header> & { realSize?: number };

function readExtension(header: Header, content: Buffer): Overrides {
  if (header.type === 'long-name') return { name: content.toString().replace(/\0.*$/s, '') };
  if (header.type === 'long-link') return { linkname: content.toString().replace(/\0.*$/s, '') };
  const fields = readPax(content);
  const number = (text: string | undefined) =>
    text !== undefined && Number(text) >= 0 ? Math.trunc(Number(text)) : undefined;
  const found = {
    name: fields['GNU.sparse.name'] ?? fields.path,
    linkname: fields.linkpath,
    size: number(fields.size),
    uid: number(fields.uid),
    gid: number(fields.gid),
    mtime: fields.mtime === undefined ? undefined : Number(fields.mtime),
    realSize: fields['GNU.sparse.major'] === '1' ? number(fields['GNU.sparse.realsize']) : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

async function wholeContent(bytes: ByteReader, { size }: Header): Promise<Buffer> {
  if (size > longest) throw new Error('archive/tar: header field too long');
  const content = (await bytes.exactly(size)) ?? Buffer.alloc(0);
  await bytes.exactly((blockSize - (size % blockSize)) % blockSize);
  return content;
}

interface ByteReader {
  /** So many bytes; undefined when the source ends right here. */
  exactly(count: number): Promise<Buffer | undefined>;
  /** At least one byte, at most so many. */
  upTo(count: number): Promise<Buffer>;
  drain(): Promise<void>;
}

function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  const more = async () => {
    const { value, done } = await iterator.next();
    if (done) return false;
    held = held.length === 0 ? Buffer.from(value) : Buffer.concat([held, value]);
    return true;
  };
  const cut = (count: number) => {
    const piece = held.subarray(0, count);
    held = held.subarray(piece.length);
    return piece;
  };
  return {
    async exactly(count) {
      while (held.length < count && (await more())) {
        // Collects.
      }
      if (held.length < count && held.length === 0) return undefined;
      if (held.length < count) throw new Error('unexpected EOF');
      return cut(count);
    },
    async upTo(count) {
      if (held.length === 0 && !(await more())) throw new Error('unexpected EOF');
      return cut(count);
    },
    async drain() {
      held = Buffer.alloc(0);
      while (!(await iterator.next()).done) {
        // Nothing of it is wanted.
      }
    },
  };
}
