/** A fresh volume begins as what the image has at its mount point: content, owners, modes, attributes. */
import { closeSync, fstatSync, readdirSync } from 'node:fs';
import { isKind } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import { imageMayHold } from '../../../image/snapshots/may-hold.ts';
import type { Engine } from '../../engine.ts';
import type { Container, ContainerMount } from '../container.ts';
import { withBareRoot } from '../files/root.ts';

/** For a container whose snapshot is prepared and that has not run. Costs nothing where there are no volumes. */
export async function copyUpVolumes(engine: Engine, container: Container): Promise<void> {
  for (const point of container.mounts) {
    if (point.Type === 'volume' && wantsCopy(engine, container, point))
      await copyUp(engine, container, point);
  }
}

/** Only into a volume that is empty, and only what is a directory in the image. */
export function copyUp(engine: Engine, container: Container, point: ContainerMount): Promise<void> {
  const { Name = '', Destination = '' } = point;
  const subpath = point.asked?.VolumeOptions?.Subpath ?? '';
  const user = `copy-up-${container.id}`;
  return engine.locks.run(`volume:${Name}`, async () => {
    await engine.volumes.mount(Name, user);
    try {
      if (!isEmpty(engine, Name, subpath) || !isInImage(engine, container, Destination)) return;
      await step('container.mounts.copy-up', { volume: Name, path: Destination }, () =>
        withBareRoot(engine, container, (root) =>
          engine.volumes.fill(Name, subpath, (directory) =>
            engine.files.ask<boolean>({ verb: 'copy-up', root, path: Destination, target: directory }),
          ),
        ),
      );
    } finally {
      await engine.volumes.unmount(Name, user);
    }
  });
}

/** A place inside that is not there, or no directory, is not filled: the start of the container has its say about it. */
function isEmpty(engine: Engine, name: string, subpath: string): boolean {
  if (!subpath) return readdirSync(engine.volumes.mountpoint(name)).length === 0;
  let fd: number;
  try {
    fd = engine.volumes.openSubpath(name, subpath);
  } catch (error) {
    if (isKind(error, 'invalid-argument')) return false;
    throw error;
  }
  try {
    return fstatSync(fd).isDirectory() && readdirSync(`/proc/self/fd/${fd}`).length === 0;
  } finally {
    closeSync(fd);
  }
}

/** `nocopy` says no; a volume that another container brought (`--volumes-from`) is that one's. */
function wantsCopy(
  engine: Engine,
  { hostConfig }: Container,
  { Name, Mode, asked }: ContainerMount,
): boolean {
  if (Mode?.split(',').includes('nocopy')) return false;
  if (asked?.VolumeOptions?.NoCopy) return false;
  return !(hostConfig.VolumesFrom ?? []).some((reference) =>
    engine.containers.find(reference.split(':')[0] ?? '')?.mounts.some((other) => other.Name === Name),
  );
}

function isInImage({ images }: Engine, { imageId }: Container, path: string): boolean {
  const image = images.find(imageId);
  return image !== undefined && imageMayHold(images.layerDirectories(image), path);
}
