// The two directions of `cp`. The rules for where things land are those of `cp -r`: into a folder that is
// there, else under the new name; `FOLDER/.` means what is in it.

import { lstat, readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { ApiError } from '../connection/api-error.ts';
import type { Engine } from '../connection/engine.ts';
import { inPath } from '../connection/path.ts';
import { ExitError } from '../exit.ts';
import { systemReason } from '../input-file.ts';
import { pump, rawTo } from '../stream/pump.ts';
import { extractTree } from '../tar/extract.ts';
import { packTree } from '../tar/pack.ts';
import type { World } from '../world.ts';
import { type ContainerPath, containerPath, followedPath } from './container-path.ts';

export interface CopyEnds {
  readonly container: string;
  readonly source: string;
  /** '-' is stdout; as a source it is stdin. */
  readonly target: string;
  readonly follow: boolean;
  readonly owners: boolean;
}

/** Both answer the bytes that went over the wire. */
export async function copyFromContainer(ends: CopyEnds, engine: Engine, world: World): Promise<number> {
  const { container, target } = ends;
  const source = ends.follow ? await followedPath(engine, container, ends.source) : ends.source;
  const query = { path: source };
  const reply = await engine.send('GET', `/containers/${inPath(container)}/archive`, { query });
  const counter = countBytes(reply.body);
  if (target === '-') {
    await pump(Readable.from(counter.body), rawTo(world.stdout));
    return counter.bytes();
  }
  const found = containerPath(reply.headers);
  const place = await localPlace(target, found, ends.source);
  await extractTree(counter.body, { target: place, owners: ends.owners && process.getuid?.() === 0 });
  return counter.bytes();
}

export async function copyToContainer(ends: CopyEnds, engine: Engine, world: World): Promise<number> {
  const { container, source } = ends;
  const { place, found } = await statInContainer(engine, container, ends.target);
  if (source === '-') {
    if (!found?.isDirectory)
      throw new ExitError(`destination "${container}:${ends.target}" must be a directory`);
    return upload(engine, ends, place, world.stdin as AsyncIterable<Buffer>);
  }
  const local = await localSource(source, ends.follow);
  const { folder, name } = placeInContainer(ends.target, place, found, local);
  const body = packTree({ source: local.path, name, follow: ends.follow || /\/\.?$/.test(source) });
  return upload(engine, ends, folder, body);
}

async function upload(
  engine: Engine,
  ends: CopyEnds,
  path: string,
  body: AsyncIterable<Buffer>,
): Promise<number> {
  const counter = countBytes(body);
  const query = { path, noOverwriteDirNonDir: 'true', copyUIDGID: ends.owners };
  const headers = { 'Content-Type': 'application/x-tar' };
  await engine.json('PUT', `/containers/${inPath(ends.container)}/archive`, {
    query,
    headers,
    body: counter.body,
  });
  return counter.bytes();
}

/** The path that stands for the root of the archive on this machine. */
async function localPlace(target: string, found: ContainerPath, source: string): Promise<string> {
  const full = await behindLinks(resolve(target));
  const present = await stat(full).catch(() => undefined);
  const contentOnly = source.endsWith('/.') || source === '.' || resolve('/', source) === '/';
  if (present?.isDirectory()) return contentOnly ? full : join(full, basename(resolve('/', source)));
  if (present && !present.isFile()) {
    const place = JSON.stringify(target);
    const device = present.isCharacterDevice() || present.isBlockDevice() ? ': got a device' : '';
    throw new ExitError(`invalid output path: ${place} must be a directory or a regular file${device}`);
  }
  if (present) {
    if (found.isDirectory) throw new ExitError('cannot copy directory');
    return full;
  }
  const parent = await stat(dirname(full)).catch(() => undefined);
  if (!parent?.isDirectory())
    throw new ExitError(`invalid output path: directory ${JSON.stringify(dirname(full))} does not exist`);
  if (!found.isDirectory && target.endsWith('/')) throw new ExitError('no such directory');
  return full;
}

/** Where a path leads, though nothing be there yet: a link is written through, not replaced. As many as Docker follows. */
async function behindLinks(path: string): Promise<string> {
  let place = path;
  for (let links = 0; links < 10; links++) {
    const link = await readlink(place).catch(() => undefined);
    if (link === undefined) return place;
    place = resolve(dirname(place), link);
  }
  throw new ExitError(`stat ${path}: too many levels of symbolic links`);
}

interface LocalSource {
  readonly path: string;
  readonly base: string;
  readonly isDirectory: boolean;
  readonly contentOnly: boolean;
}

async function localSource(source: string, follow: boolean): Promise<LocalSource> {
  const path = resolve(source);
  try {
    const stats = await (follow || /\/\.?$/.test(source) ? stat : lstat)(path);
    if (/\/\.?$/.test(source) && !stats.isDirectory()) throw new Error('ENOTDIR: not a directory, stat');
    const contentOnly = source.endsWith('/.') || source === '.';
    return { path, base: basename(path), isDirectory: stats.isDirectory(), contentOnly };
  } catch (error) {
    throw new ExitError(`lstat ${path}: ${systemReason(error)}`, 1, { cause: error });
  }
}

/** The folder in the container that takes the archive, and the name of the archive's root. */
function placeInContainer(
  target: string,
  place: string,
  found: ContainerPath | undefined,
  local: LocalSource,
): { folder: string; name: string } {
  if (found?.isDirectory) return { folder: place, name: local.contentOnly ? '.' : local.base };
  if (found && local.isDirectory) throw new ExitError('cannot copy directory');
  if (!found && !local.isDirectory && target.endsWith('/')) throw new ExitError('no such directory');
  return { folder: dirname(place), name: basename(place) };
}

/** The place in the container, links followed, and what is there. A link may lead to what is not there yet. */
async function statInContainer(
  engine: Engine,
  container: string,
  path: string,
): Promise<{ place: string; found: ContainerPath | undefined }> {
  let place = resolve('/', path);
  try {
    place = resolve('/', await followedPath(engine, container, path));
    const query = { path: place };
    const reply = await engine.send('HEAD', `/containers/${inPath(container)}/archive`, { query });
    return { place, found: containerPath(reply.headers) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    // A missing path is fine, a missing container is not: HEAD tells them apart only by asking again.
    await engine.json('GET', `/containers/${inPath(container)}/json`);
    return { place, found: undefined };
  }
}

function countBytes(source: AsyncIterable<Buffer>): { body: AsyncIterable<Buffer>; bytes: () => number } {
  let total = 0;
  const body = async function* () {
    for await (const chunk of source) {
      total += chunk.length;
      yield chunk;
    }
  };
  return { body: body(), bytes: () => total };
}
