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
  for (const point of volumePoints(container)) {
    engine.events.publish('volume', 'mount', point.Name ?? '', {
      container: container.id,
      destination: point.Destination,
      driver: point.Driver ?? 'local',
      propagation: point.Propagation,
      'read/write': String(point.RW),
    });
  }
  return directories;
}

/** Idempotent. */
export async function unmountVolumes(engine: Engine, container: Container): Promise<void> {
  const { id } = container;
  for (const name of volumeNames(container)) {
    const used = await engine.volumes.unmount(name, id);
    if (used) engine.events.publish('volume', 'unmount', name, { container: id, driver: 'local' });
  }
}

const volumePoints = ({ mounts }: Container) => mounts.filter(({ Type }) => Type === 'volume');

const volumeNames = (container: Container) => [
  ...new Set(volumePoints(container).map(({ Name }) => Name ?? '')),
];
