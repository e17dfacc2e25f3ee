/**
 * Mounts that exist only to be handed to one container: a place inside a volume, an image. They lie under exec-root by
 * user, so that whoever releases the container finds them, a later daemon too.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../../core/mount.ts';
import { MS, mount, unmount } from '../../../kernel/mount.ts';
import { mountsBelow } from '../../../kernel/mount-table.ts';
import { mountOne } from '../../../runtime/rootfs-mount.ts';
import type { Engine } from '../../engine.ts';

/** Binds what a descriptor holds; the descriptor is closed. Returns where. */
export function pinDescriptor(engine: Engine, user: string, name: string, fd: number): string {
  try {
    const place = makePlace(engine, user, name, fstatSync(fd).isDirectory());
    mount(`/proc/self/fd/${fd}`, place, '', MS.BIND | MS.REC);
    return place;
  } finally {
    closeSync(fd);
  }
}

export function pinMount(engine: Engine, user: string, name: string, what: Mount): string {
  const place = makePlace(engine, user, name, true);
  mountOne(what, place);
  return place;
}

/** Idempotent. What was mounted last goes first. */
export function unpinAll({ settings }: Engine, user: string): void {
  const directory = placesOf(settings.execRoot, user);
  if (!existsSync(directory)) return;
  for (const point of mountsBelow(directory).reverse()) unmount(point);
  rmSync(directory, { recursive: true });
}

const placesOf = (execRoot: string, user: string) => join(execRoot, 'mounts', user);

function makePlace({ settings }: Engine, user: string, name: string, isDirectory: boolean): string {
  const directory = placesOf(settings.execRoot, user);
  const place = join(directory, name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (isDirectory) mkdirSync(place);
  else writeFileSync(place, '', { flag: 'wx' });
  return place;
}
