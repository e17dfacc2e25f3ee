/** Bytes that a container takes: its own layer, and with the image's below it the whole root filesystem. */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../core/errors.ts';
import { treeSize, treeUsage } from '../../core/tree-size.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

export async function containerSize(
  engine: Engine,
  container: Container,
): Promise<{ SizeRw?: number; SizeRootFs: number }> {
  const upper = await treeSize(join(engine.containers.directory(container.id), 'upper'));
  const image = engine.images.find(container.imageId)?.size ?? 0;
  return { ...(upper > 0 ? { SizeRw: upper } : {}), SizeRootFs: upper + image };
}

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
