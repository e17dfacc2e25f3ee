/** The files of an image archive, staged in the content store under the names that they have in the archive. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { EngineError, errnoOf, invalidArgument, messageOf } from '../../core/errors.ts';
import { decompressed } from '../compression.ts';
import { type ContentStore, DOCUMENT_MAX, type Staged } from '../content-store.ts';
import { DEFAULT_LIMITS } from '../layer/limits.ts';
import type { WriteOptions } from '../write-hashed.ts';

/** Files an image archive may hold; a thousand images of a hundred layers fit. */
const FILES_MAX = 300_000;
/** Links in a row that are followed. */
const LINKS_MAX = 8;

export interface ArchiveFiles {
  has(name: string): boolean;
  /** Throws `invalid-argument` if there is no such file. */
  get(name: string): Staged;
  /** A small file's bytes. */
  read(name: string): Promise<Buffer>;
  /** The file's plain bytes take its place. */
  inflate(name: string): Promise<Staged>;
  /** Deletes what was not committed. */
  discard(): Promise<void>;
}

export async function stageArchive(
  content: ContentStore,
  archive: Readable,
  options: WriteOptions,
): Promise<ArchiveFiles> {
  const { signal } = options;
  const files = new Map<string, Staged>();
  const links = new Map<string, string>();
  const discard = async () => {
    await Promise.all([...files.values()].map((staged) => staged.discard()));
  };
  const onEntry = async (header: Header, data: Readable) => {
    const name = posix.join('.', header.name);
    if (files.size + links.size > FILES_MAX) throw invalidArgument('invalid archive: too many files');
    if (header.type === 'symlink' || header.type === 'link') links.set(name, targetOf(name, header));
    if (header.type === 'file' || header.type === 'contiguous-file') {
      await files.get(name)?.discard();
      files.set(name, await content.stage(data, options));
    } else {
      data.resume();
    }
  };
  try {
    await forEachEntry(archive, onEntry, options);
  } catch (error) {
    await discard();
    if (error instanceof EngineError || signal?.aborted || errnoOf(error) === 'ENOSPC') throw error;
    const words = /invalid tar header/i.test(messageOf(error))
      ? 'archive/tar: invalid tar header'
      : messageOf(error);
    throw invalidArgument(`invalid archive: ${words}`, error);
  }
  return archiveFiles(content, files, links, discard);
}

function archiveFiles(
  content: ContentStore,
  files: Map<string, Staged>,
  links: Map<string, string>,
  discard: () => Promise<void>,
): ArchiveFiles {
  const placeOf = (name: string) => {
    let at = posix.join('.', name);
    for (let hops = 0; links.has(at) && hops < LINKS_MAX; hops++) at = links.get(at) ?? at;
    return at;
  };
  const find = (name: string) => files.get(placeOf(name));
  const get = (name: string) => {
    const staged = find(name);
    if (!staged) throw invalidArgument(`invalid archive: ${JSON.stringify(name)} is missing`);
    return staged;
  };
  const read = async (name: string) => {
    const staged = get(name);
    if (staged.size > DOCUMENT_MAX) {
      throw invalidArgument(`invalid archive: ${JSON.stringify(name)} is too large`);
    }
    return readFile(staged.path);
  };
  const inflate = async (name: string) => {
    const packed = get(name);
    const { plain } = await decompressed(createReadStream(packed.path));
    const staged = await content.stage(plain);
    files.set(placeOf(name), staged);
    await packed.discard();
    return staged;
  };
  return { has: (name) => find(name) !== undefined, get, read, inflate, discard };
}

/** A symbolic link is relative to its place, a hard link to the archive's root. */
function targetOf(name: string, { type, linkname }: Header): string {
  const target = linkname ?? '';
  return posix.join('.', type === 'symlink' ? posix.join(posix.dirname(name), target) : target);
}

/** What packs more densely than any layer may is a bomb, and would fill the disk. */
async function* bounded(plain: AsyncIterable<Buffer>, taken: () => number): AsyncGenerator<Buffer> {
  const { ratio, ratioFrom } = DEFAULT_LIMITS;
  let bytes = 0;
  for await (const chunk of plain) {
    bytes += chunk.length;
    if (bytes > ratioFrom && bytes > taken() * ratio)
      throw invalidArgument(`the archive unpacks to more than ${ratio} times its packed size`);
    yield chunk;
  }
}

async function forEachEntry(
  archive: Readable,
  onEntry: (header: Header, data: Readable) => Promise<void>,
  { own, signal }: WriteOptions,
): Promise<void> {
  const { plain, taken } = await decompressed(archive, own);
  const entries = extract();
  entries.on('entry', (header, stream, next) => {
    // tar-stream's streams are not Node's; Readable.from makes one that pipeline and destroy work on.
    onEntry(header, Readable.from(stream, { objectMode: false })).then(() => next(), next);
  });
  await pipeline(plain, (chunks: AsyncIterable<Buffer>) => bounded(chunks, taken), entries, { signal });
}
