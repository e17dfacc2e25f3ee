/** A fresh volume begins as what the image has at its mount point: content, owners, modes, attributes. */
import { readdirSync } from 'node:fs';
import type { MountPoint } from '../../../api/mount.ts';
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
export function copyUp(engine: Engine, container: Container, point: MountPoint): Promise<void> {
  const { Name = '', Destination = '' } = point;
  const user = `copy-up-${container.id}`;
  return engine.locks.run(`volume:${Name}`, async () => {
    const target = await engine.volumes.mount(Name, user);
    try {
      if (readdirSync(target).length > 0 || !isInImage(engine, container, Destination)) return;
      await step('container.mounts.copy-up', { volume: Name, path: Destination }, () =>
        withBareRoot(engine, container, (root) =>
          engine.volumes.fill(Name, (directory) =>
            engine.files.ask<boolean>({ verb: 'copy-up', root, path: Destination, target: directory }),
          ),
        ),
      );
    } finally {
      await engine.volumes.unmount(Name, user);
    }
  });
}

/** `nocopy` says no; a volume that another container brought (`--volumes-from`) is that one's. */
function wantsCopy(
  engine: Engine,
  { hostConfig }: Container,
  { Name, Mode, asked }: ContainerMount,
): boolean {
  if (Mode?.split(',').includes('nocopy')) return false;
  if (asked?.VolumeOptions?.NoCopy || asked?.VolumeOptions?.Subpath) return false;
  return !(hostConfig.VolumesFrom ?? []).some((reference) =>
    engine.containers.find(reference.split(':')[0] ?? '')?.mounts.some((other) => other.Name === Name),
  );
}

function isInImage({ images }: Engine, { imageId }: Container, path: string): boolean {
  const image = images.find(imageId);
  return image !== undefined && imageMayHold(images.layerDirectories(image), path);
}
