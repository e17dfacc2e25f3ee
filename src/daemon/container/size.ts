/** Bytes that a container takes: its own layer, and with the image's below it the whole root filesystem. */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../core/errors.ts';
import { treeSize, treeUsage } from '../../core/tree-size.ts';
import { INIT_LAYER } from '../../image/snapshots/init-layer.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

export async function containerSize(
  engine: Engine,
  container: Container,
): Promise<{ SizeRw?: number; SizeRootFs: number }> {
  const directory = join(engine.containers.directory(container.id), 'upper');
  const upper = await treeSize(directory, initLinks(directory));
  const image = engine.images.find(container.imageId)?.size ?? 0;
  return { ...(upper > 0 ? { SizeRw: upper } : {}), SizeRootFs: upper + image };
}

/** Of what the engine put into a container's own layer, all that is not empty. */
const initLinks = (upper: string) =>
  new Map(INIT_LAYER.flatMap(({ path, target }) => (target ? [[join(upper, path), target]] : [])));

/** What its own layer takes on the disk. */
export function ownUsage(engine: Engine, id: string): Promise<number> {
  return treeUsage(join(engine.containers.directory(id), 'upper'));
}

/** Bytes of the log, rotated files included; nothing if they go meanwhile. */
export async function logSize(engine: Engine, id: string): Promise<number> {
  const directory = engine.containers.directory(id);
  const entries = (await readdir(directory).catch(ignoring('ENOENT'))) ?? [];
  const names = entries.filter((name) => /^log(\.|$)/.test(name));
  return names.reduce((sum, name) => sum + (statSync(join(directory, name), NO_THROW)?.size ?? 0), 0);
}

const NO_THROW = { throwIfNoEntry: false } as const;
