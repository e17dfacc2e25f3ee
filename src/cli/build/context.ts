// What a build is made from: a folder that is packed, a tar archive or a Dockerfile from stdin, or a URL that
// the engine fetches itself.

import { readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { ExitError } from '../exit.ts';
import { systemReason } from '../input-file.ts';
import { endOfArchive, packEntries, packText } from '../tar/pack.ts';
import type { World } from '../world.ts';
import { parseIgnore } from './ignore.ts';

export interface BuildContext {
  /** Undefined when the engine fetches `remote`. */
  readonly body: AsyncIterable<Buffer> | undefined;
  readonly remote: string | undefined;
  /** The path of the Dockerfile within the context; '' is the engine's default. */
  readonly dockerfile: string;
}

const stdinDockerfile = '.dockerfile.stdin';

export async function openContext(location: string, file: string, world: World): Promise<BuildContext> {
  if (/^(https?:\/\/|git:\/\/|git@|github\.com\/)/.test(location)) {
    return { body: undefined, remote: location, dockerfile: file };
  }
  if (location === '-') {
    if (file === '-')
      throw new ExitError("invalid argument: can't use stdin for both build context and dockerfile");
    return stdinContext(file, world);
  }
  return folderContext(location, file, world);
}

async function folderContext(location: string, file: string, world: World): Promise<BuildContext> {
  const folder = resolve(location);
  const found = await stat(folder).catch((error: unknown) => {
    throw new ExitError(`unable to prepare context: path ${JSON.stringify(location)} not found`, 1, {
      cause: error,
    });
  });
  if (!found.isDirectory())
    throw new ExitError(`unable to prepare context: context must be a directory: ${folder}`);
  const now = world.now() / 1000;
  const given = file === '-' ? await readAll(world.stdin) : undefined;
  const inside = given ? undefined : await dockerfileIn(folder, file);
  const outside = inside === undefined && !given ? await readFile(resolve(file)) : given;
  const dockerfile = inside ?? stdinDockerfile;
  const rules = parseIgnore(await ignoreText(folder, inside));
  // The engine needs these two even where the rules leave them out.
  const needed = new Set([dockerfile, '.dockerignore']);
  const keep = (path: string) => needed.has(path) || !rules.ignores(path);
  const enter = (path: string) => rules.mayKeepInside(path) || dockerfile.startsWith(`${path}/`);
  const adjust = <H extends { uid: number; gid: number }>(header: H) => ({ ...header, uid: 0, gid: 0 });
  async function* body() {
    yield* packEntries({ source: folder, name: '.', follow: true, keep, enter, adjust });
    if (outside) yield packText(stdinDockerfile, outside, now);
    yield endOfArchive();
  }
  return { body: body(), remote: undefined, dockerfile };
}

/** Its path within the folder; undefined when it lies elsewhere. */
async function dockerfileIn(folder: string, file: string): Promise<string | undefined> {
  const path = file === '' ? resolve(folder, 'Dockerfile') : resolve(file);
  try {
    await stat(path);
  } catch (error) {
    const reason = `failed to read dockerfile: open ${path}: ${systemReason(error)}`;
    throw new ExitError(
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: ${reason}`,
      1,
      { cause: error },
    );
  }
  const inside = relative(folder, path);
  return inside.startsWith('..') ? undefined : inside;
}

/** `NAME.dockerignore` beside the Dockerfile goes before the general one. */
async function ignoreText(folder: string, dockerfile: string | undefined): Promise<string> {
  const own =
    dockerfile &&
    (await readFile(resolve(folder, `${dockerfile}.dockerignore`), 'utf8').catch(() => undefined));
  return own ?? (await readFile(resolve(folder, '.dockerignore'), 'utf8').catch(() => ''));
}

/** An archive passes as it is; anything else is a Dockerfile without a context. */
async function stdinContext(file: string, world: World): Promise<BuildContext> {
  const source = world.stdin[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let ended = false;
  while (head.length < 512 && !ended) {
    const { value, done } = await source.next();
    if (done) ended = true;
    else head = Buffer.concat([head, value]);
  }
  if (looksLikeArchive(head)) {
    async function* body() {
      yield head;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value as Buffer;
    }
    return { body: body(), remote: undefined, dockerfile: file };
  }
  const chunks = [head];
  for (let next = await source.next(); !next.done; next = await source.next())
    chunks.push(next.value as Buffer);
  const text = Buffer.concat(chunks);
  async function* body() {
    yield packText('Dockerfile', text, world.now() / 1000);
    yield endOfArchive();
  }
  return { body: body(), remote: undefined, dockerfile: 'Dockerfile' };
}

function looksLikeArchive(head: Buffer): boolean {
  const magic = head.toString('latin1', 0, 6);
  return (
    head.toString('latin1', 257, 262) === 'ustar' ||
    magic.startsWith('\x1f\x8b') ||
    magic.startsWith('BZh') ||
    magic.startsWith('\xfd7zXZ') ||
    magic.startsWith('\x28\xb5\x2f\xfd')
  );
}

async function readAll(source: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}
