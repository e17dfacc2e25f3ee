/** bzip2 and xz are inflated by the programs of that name: Node has neither, and Docker calls xz, too. */
import { spawn } from 'node:child_process';
import { Duplex, Readable } from 'node:stream';
import { errnoOf, invalidArgument, messageOf, unavailable } from '../core/errors.ts';

export function throughProgram(program: 'bzip2' | 'xz'): Duplex {
  return Duplex.from((source: AsyncIterable<Buffer>) => inflate(program, Readable.from(copies(source))));
}

async function* inflate(program: string, packed: Readable): AsyncGenerator<Buffer> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  ended.catch(() => {});
  // A program that stops early closes its end; its exit code says why.
  child.stdin.on('error', () => {});
  packed.once('error', () => child.kill('SIGKILL')).pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    if ((await ended) !== 0) throw invalidArgument(`${program} could not inflate the archive`);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw unavailable(`the archive needs the program ${program}: ${messageOf(error)}`, error);
  } finally {
    child.kill('SIGKILL');
  }
}

/** The pipe to the program may still hold a buffer when its owner fills it again. */
async function* copies(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk);
}
