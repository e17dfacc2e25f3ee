/** What is mounted into a container that starts, found or made on the host: volumes, places inside them, images. */
import type { Undo } from '../../../core/undo.ts';
import { openSubpath } from '../../../volume/subpath.ts';
import type { Engine } from '../../engine.ts';
import type { Container, ContainerMount } from '../container.ts';
import { renewBindSource } from './bind-source.ts';
import { pinDescriptor, pinMount, unpinAll } from './pin.ts';

/** Where the content of each mount point is on the host, by destination. Undo: `detachMounts`. */
export type MountSources = Map<string, string>;

/** `user`: who holds them; the container itself, or a job that looks at its files while it does not run. */
export async function attachMounts(
  engine: Engine,
  container: Container,
  undo: Undo,
  user = container.id,
): Promise<MountSources> {
  const sources: MountSources = new Map();
  if (container.mounts.length === 0) return sources;
  undo.push(() => detachMounts(engine, container, user));
  for (const [index, point] of container.mounts.entries()) {
    sources.set(point.Destination, await attach({ engine, container, user, point, pin: String(index) }));
  }
  return sources;
}

/** Idempotent. */
export async function detachMounts(engine: Engine, { id, mounts }: Container, user = id): Promise<void> {
  unpinAll(engine, user);
  const names = mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : []));
  for (const name of new Set(names)) {
    const used = await engine.volumes.unmount(name, user);
    if (used) engine.events.publish('volume', 'unmount', name, { container: id, driver: 'local' });
  }
}

interface Attaching {
  engine: Engine;
  container: Container;
  user: string;
  point: ContainerMount;
  /** Name of a place of its own, should it need one. */
  pin: string;
}

async function attach(attaching: Attaching): Promise<string> {
  const { point } = attaching;
  if (point.Type === 'volume') return attachVolume(attaching);
  if (point.Type === 'image') return attachImage(attaching);
  if (point.Type === 'bind') await renewBindSource(point);
  return point.Source;
}

async function attachVolume({ engine, container, user, point, pin }: Attaching): Promise<string> {
  const { Name = '', Destination } = point;
  const directory = await engine.volumes.mount(Name, user);
  engine.events.publish('volume', 'mount', Name, {
    container: container.id,
    destination: Destination,
    driver: point.Driver ?? 'local',
    propagation: point.Propagation,
    'read/write': String(point.RW),
  });
  const subpath = point.asked?.VolumeOptions?.Subpath;
  if (!subpath) return directory;
  return pinDescriptor(engine, user, pin, engine.volumes.openSubpath(Name, subpath));
}

async function attachImage({ engine, user, point, pin }: Attaching): Promise<string> {
  const view = await engine.images.view(engine.images.get(point.Source));
  const subpath = point.asked?.ImageOptions?.Subpath;
  if (!subpath) return pinMount(engine, user, pin, view);
  const whole = pinMount(engine, user, `${pin}.image`, view);
  return pinDescriptor(engine, user, pin, openSubpath(whole, subpath, 'image'));
}
