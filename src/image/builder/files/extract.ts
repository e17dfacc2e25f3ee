/**
 * ADD's archives: unpacked into the destination by the code that applies layers, so that no name in them leads out
 * of it. gzip and zstd are Node's; bzip2 and xz are inflated by the programs of that name.
 */
import { spawn } from 'node:child_process';
import { createReadStream, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { EngineError, errnoOf, invalidArgument, messageOf } from '../../../core/errors.ts';
import { compressionOf, decompressor } from '../../compression.ts';
import { LayerWriter } from '../../layer/apply.ts';
import { DEFAULT_LIMITS } from '../../layer/limits.ts';
import { BLOCK, decodeHeader } from '../../tar/header.ts';
import { TarReader } from '../../tar/reader.ts';
import type { CopySource } from './copy.ts';
import { type Destination, openDestination } from './destination.ts';
import { withDirectory, withTarget } from './entry.ts';
import type { Owner } from './place.ts';

/** False: it is no archive, and nothing was done. */
export async function unpackArchive(
  source: CopySource,
  destination: Destination,
  owner: Owner,
): Promise<boolean> {
  const chunks = plainChunks(openSource(source));
  const start = await firstBlock(chunks);
  if (!start || !isHeader(start)) {
    await chunks.return(undefined);
    return false;
  }
  const target = openDestination(destination, { name: '', isDirectory: true, below: '', owner });
  try {
    const writer = new LayerWriter(`/proc/self/fd/${target.fd}`, DEFAULT_LIMITS);
    await unpack(writer, start, chunks);
  } finally {
    target.close();
  }
  return true;
}

async function unpack(writer: LayerWriter, start: Buffer, rest: AsyncGenerator<Buffer>): Promise<void> {
  const reader = new TarReader(writer);
  try {
    reader.push(start);
    for await (const chunk of rest) reader.push(chunk);
    reader.finish(false);
    writer.finish();
  } finally {
    writer.close();
  }
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
    if (error instanceof EngineError) throw error;
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
    const chunks: AsyncIterator<Buffer> = file[Symbol.asyncIterator]();
    const first = await chunks.next();
    if (first.done) return;
    const whole = Readable.from(resume(first.value, chunks));
    yield* inflated(first.value, whole);
  } finally {
    file.destroy();
  }
}

async function* resume(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function inflated(start: Buffer, whole: Readable): AsyncIterable<Buffer> {
  const program = programFor(start);
  if (program) return throughProgram(program, whole);
  const inflate = decompressor(compressionOf(start));
  if (!inflate) return whole;
  whole.once('error', (error) => inflate.destroy(error));
  return whole.pipe(inflate);
}

/** bzip2: "BZh"; xz: FD 37 7A 58 5A 00. */
function programFor(start: Buffer): 'bzip2' | 'xz' | undefined {
  if (start.toString('latin1', 0, 3) === 'BZh') return 'bzip2';
  return start.toString('latin1', 0, 6) === '\xfd7zXZ\0' ? 'xz' : undefined;
}

async function* throughProgram(program: string, whole: Readable): AsyncGenerator<Buffer> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  ended.catch(() => {});
  child.stdin.on('error', () => {});
  whole.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended;
    if (code !== 0) throw invalidArgument(`${program} could not inflate the archive`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT')
      throw invalidArgument(`ADD needs the program ${program}: ${messageOf(error)}`);
    throw error;
  } finally {
    child.kill('SIGKILL');
  }
}
