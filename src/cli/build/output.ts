// `-o`: where a build's result goes besides the engine's store of images: files in a folder, an archive in a file or
// on stdout.

import { createWriteStream, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ExitError } from '../exit.ts';
import { extractTree } from '../tar/extract.ts';
import type { World } from '../world.ts';
import { readFields } from './fields.ts';

const types = ['local', 'tar', 'docker', 'oci', 'image'] as const;
type OutputType = (typeof types)[number];

export interface BuildOutput {
  readonly type: OutputType;
  /** '-' is stdout; '' for an image. */
  readonly destination: string;
  /** Names that the image in the archive gets besides those of --tag. */
  readonly names: readonly string[];
}

/** `type=local,dest=DIR`, or a bare folder; `-` is an archive of the files on stdout. */
export function parseOutput(text: string): BuildOutput {
  if (!text.includes('=') && !text.includes(',')) {
    return { type: text === '-' ? 'tar' : 'local', destination: text, names: [] };
  }
  const fields = readFields(text, ['type', 'dest', 'name', 'push']);
  const type = types.find((known) => known === fields.type);
  if (fields.type === undefined) throw new ExitError(`type is required for output: ${text}`);
  if (!type || fields.push === 'true') {
    throw new ExitError(
      `output ${JSON.stringify(text)} is not supported: the types are ${types.join(', ')}; push with "skiff push"`,
    );
  }
  const names = (fields.name ?? '').split(',').filter((name) => name !== '');
  // Without a destination, docker's archive is loaded: that is the store.
  if (type === 'image' || (type === 'docker' && fields.dest === undefined))
    return { type: 'image', destination: '', names };
  const destination = fields.dest ?? (type === 'local' ? '' : '-');
  if (destination === '') throw new ExitError(`output ${type} requires a destination: dest=PATH`);
  return { type, destination, names };
}

/** Told before the build begins, not after it. */
export function checkOutputs(outputs: readonly BuildOutput[], world: World): void {
  const toStdout = outputs.filter(({ destination }) => destination === '-');
  if (toStdout.some(({ type }) => type === 'local'))
    throw new ExitError('dest cannot be stdout for local output');
  if (toStdout.length > 1) throw new ExitError('only one output can go to stdout');
  if (toStdout.length > 0 && world.stdout.isTTY)
    throw new ExitError('dest file is required for this output: refusing to write an archive to a terminal');
  for (const { type, destination } of outputs) {
    const isFolder = statSync(destination, { throwIfNoEntry: false })?.isDirectory();
    if (type !== 'local' && isFolder) throw new ExitError(`destination is a directory: ${destination}`);
    if (type === 'local' && isFolder === false)
      throw new ExitError(`destination is not a directory: ${destination}`);
  }
}

/** A file is there whole or not at all. */
export async function takeOutput(
  { type, destination }: BuildOutput,
  archive: AsyncIterable<Buffer>,
  world: World,
): Promise<void> {
  if (destination === '-') return pipeline(archive, world.stdout, { end: false });
  const path = resolve(destination);
  if (type === 'local') {
    await mkdir(path, { recursive: true });
    const onSpecial = (name: string) =>
      void world.stderr.write(`not written, it is a special file: ${name}\n`);
    return extractTree(archive, {
      target: path,
      owners: process.getuid?.() === 0,
      rootless: true,
      onSpecial,
    });
  }
  try {
    await pipeline(archive, createWriteStream(path));
  } catch (error) {
    // What is no file of ours, a device or a pipe, stays.
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) await rm(path);
    throw error;
  }
}
