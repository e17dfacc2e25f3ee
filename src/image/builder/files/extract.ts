/** ADD's archives: unpacked by the code that applies layers, so that no name in them leads out of the destination. */
import { createReadStream, openSync } from 'node:fs';
import { EngineError } from '../../../core/errors.ts';
import { decompressed } from '../../compression.ts';
import { LayerWriter } from '../../layer/apply.ts';
import { DEFAULT_LIMITS } from '../../layer/limits.ts';
import { BLOCK, decodeHeader } from '../../tar/header.ts';
import { TarReader, type TarSink } from '../../tar/reader.ts';
import type { CopySource } from './copy.ts';
import { type Destination, openDestination } from './destination.ts';
import { type Check, withDirectory, withTarget } from './entry.ts';
import type { Owner } from './place.ts';

export interface Unpacking {
  /** Of directories that are missing on the way to the destination. */
  parents: Owner;
  /** Of what is in the archive; undefined: each entry's own. */
  owner?: Owner;
  check: Check;
}

/** False: it is no archive, and nothing was done. */
export async function unpackArchive(
  source: CopySource,
  destination: Destination,
  unpacking: Unpacking,
): Promise<boolean> {
  const chunks = plainChunks(openSource(source));
  const start = await firstBlock(chunks);
  if (!start || !isHeader(start)) {
    await chunks.return(undefined);
    return false;
  }
  const target = openDestination(destination, {
    name: '',
    isDirectory: true,
    below: '',
    owner: unpacking.parents,
  });
  try {
    const writer = new LayerWriter(`/proc/self/fd/${target.fd}`, DEFAULT_LIMITS);
    await unpack(writer, unpacking, start, chunks);
  } finally {
    target.close();
  }
  return true;
}

async function unpack(
  writer: LayerWriter,
  { owner, check }: Unpacking,
  start: Buffer,
  rest: AsyncGenerator<Buffer>,
): Promise<void> {
  const reader = new TarReader(owner ? owned(writer, owner) : writer);
  try {
    reader.push(start);
    for await (const chunk of rest) {
      check();
      reader.push(chunk);
    }
    reader.finish(false);
    writer.finish();
  } finally {
    writer.close();
  }
}

function owned(sink: TarSink, owner: Owner): TarSink {
  return {
    begin: (entry) => sink.begin({ ...entry, ...owner }),
    data: (bytes) => sink.data(bytes),
    end: () => sink.end(),
  };
}

/** A descriptor for reading. */
function openSource({ root, found }: CopySource): number {
  return withDirectory(root, (fd) =>
    withTarget(fd, found.path, (entry) => openSync(`/proc/self/fd/${entry.fd}`, 'r')),
  );
}

/** The first bytes, at least a tar block of them; undefined if there are not so many, or they cannot be inflated. */
async function firstBlock(chunks: AsyncGenerator<Buffer>): Promise<Buffer | undefined> {
  let start = Buffer.alloc(0);
  try {
    while (start.length < BLOCK) {
      const next = await chunks.next();
      if (next.done) return undefined;
      start = Buffer.concat([start, next.value]);
    }
    return start;
  } catch (error) {
    if (error instanceof EngineError && error.kind !== 'invalid-argument') throw error;
    return undefined;
  }
}

function isHeader(start: Buffer): boolean {
  try {
    return decodeHeader(start.subarray(0, BLOCK)) !== undefined;
  } catch {
    return false;
  }
}

/** Takes over the descriptor. */
async function* plainChunks(fd: number): AsyncGenerator<Buffer> {
  const file = createReadStream('', { fd, highWaterMark: 256 * 1024 });
  try {
    yield* (await decompressed(file)).plain;
  } finally {
    file.destroy();
  }
}
