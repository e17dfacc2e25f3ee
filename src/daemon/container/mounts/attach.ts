/** Volumes of a container that starts: each is mounted by its driver first, if it has something to mount. */
import type { Undo } from '../../../core/undo.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';

/** Host directory of each volume, by name. Undo: `unmountVolumes`. */
export type VolumeDirectories = Map<string, string>;

export async function mountVolumes(
  engine: Engine,
  container: Container,
  undo: Undo,
): Promise<VolumeDirectories> {
  const names = volumeNames(container);
  if (names.length === 0) return new Map();
  undo.push(() => unmountVolumes(engine, container));
  const directories: VolumeDirectories = new Map();
  for (const name of names) directories.set(name, await engine.volumes.mount(name, container.id));
  return directories;
}

/** Idempotent. */
export async function unmountVolumes(engine: Engine, container: Container): Promise<void> {
  await Promise.all(volumeNames(container).map((name) => engine.volumes.unmount(name, container.id)));
}

function volumeNames({ mounts }: Container): string[] {
  const names = mounts.filter(({ Type }) => Type === 'volume').map(({ Name }) => Name ?? '');
  return [...new Set(names)];
}
