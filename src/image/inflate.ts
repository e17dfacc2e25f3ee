/** Plain bytes of a stream that may be compressed: gzip and zstd by Node, bzip2 and xz by the programs of that name. */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { errnoOf, invalidArgument, messageOf } from '../core/errors.ts';
import { compressionOf, decompressor } from './compression.ts';

/** The compression is told by the first bytes. An empty stream stays empty. */
export async function* inflated(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done) return;
    yield* inflate(first.value, Readable.from(resume(first.value, chunks)));
  } finally {
    await chunks.return?.();
  }
}

async function* resume(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function inflate(start: Buffer, whole: Readable): AsyncIterable<Buffer> {
  const program = programFor(start);
  if (program) return throughProgram(program, whole);
  const transform = decompressor(compressionOf(start));
  if (!transform) return whole;
  whole.once('error', (error) => transform.destroy(error));
  return whole.pipe(transform);
}

/** What Node does not inflate itself. bzip2: "BZh"; xz: FD 37 7A 58 5A 00. */
export function programFor(start: Buffer): 'bzip2' | 'xz' | undefined {
  if (start.toString('latin1', 0, 3) === 'BZh') return 'bzip2';
  return start.toString('latin1', 0, 6) === '\xfd7zXZ\0' ? 'xz' : undefined;
}

async function* throughProgram(program: string, whole: Readable): AsyncGenerator<Buffer> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  ended.catch(() => {});
  // A program that stops early closes its end; its exit code says why.
  child.stdin.on('error', () => {});
  whole.once('error', () => child.kill('SIGKILL')).pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    if ((await ended) !== 0) throw invalidArgument(`${program} could not inflate the archive`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw invalidArgument(`the archive needs the program ${program}: ${messageOf(error)}`);
  } finally {
    child.kill('SIGKILL');
  }
}
