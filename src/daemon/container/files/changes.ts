/** `docker diff`: what a container has changed in its root filesystem. */
import { join } from 'node:path';
import { step } from '../../../core/step.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import type { Change } from './compare.ts';
import type { OwnLayerRequest } from './own-layer.ts';

/** A directory before what is in it, siblings by name. */
export function containerChanges(engine: Engine, container: Container): Promise<Change[]> {
  return step('container.changes', { id: container.id }, () =>
    engine.files.ask<Change[]>({ verb: 'changes', ...ownLayer(engine, container) }),
  );
}

/** Paths in the upper directory, bytes in latin1, that are there only so that the engine could mount on them. */
export function mountPointsIn(engine: Engine, container: Container): Promise<string[]> {
  return engine.files.ask<string[]>({ verb: 'mount-points', ...ownLayer(engine, container) });
}

/** What the engine mounts over in every container, and the runtime makes where the image has nothing there. */
const MOUNT_POINTS = ['dev', 'proc', 'sys', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf'];

function ownLayer({ images, containers }: Engine, { id, imageId }: Container): OwnLayerRequest {
  const image = images.find(imageId);
  return {
    upper: join(containers.directory(id), 'upper'),
    layers: image ? images.layerDirectories(image) : [],
    mountPoints: MOUNT_POINTS,
  };
}
