/** Archives as tests write and read them: name → content. */
import { END_OF_ARCHIVE, encodeEntry, padding } from '../../../src/image/tar/encode.ts';
import type { TarEntry } from '../../../src/image/tar/header.ts';
import { TarReader } from '../../../src/image/tar/reader.ts';

export type Archive = Record<string, string>;

export function tarEntry(type: TarEntry['type'], name: string, size: number): TarEntry {
  const owner = { mode: 0o644, uid: 0, gid: 0, major: 0, minor: 0 };
  return { ...owner, type, name, size, linkName: '', mtime: 0n, xattrs: new Map() };
}

/** A name that ends in a slash is a directory. */
export function archive(files: Archive): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const type = name.endsWith('/') ? 'directory' : 'file';
    return [encodeEntry(tarEntry(type, name, content.length)), Buffer.from(content), padding(content.length)];
  });
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

export function entries(bytes: Buffer): Archive {
  const found: Archive = {};
  let name = '';
  const begin = (entry: TarEntry) => {
    name = entry.name;
    found[name] = '';
  };
  const reader = new TarReader({
    begin,
    data: (piece) => {
      found[name] += piece.toString();
    },
    end: () => {},
  });
  reader.push(bytes);
  reader.finish(true);
  return found;
}

/** Everything but content. */
export function facts(archived: Buffer): unknown[][] {
  const found: unknown[][] = [];
  const begin = ({ name, mode, uid, gid, mtime, linkName, sparse }: TarEntry) =>
    found.push([name, mode, uid, gid, `${mtime}`, linkName, sparse?.realSize]);
  new TarReader({ begin, data: () => {}, end: () => {} }).push(archived);
  return found;
}
