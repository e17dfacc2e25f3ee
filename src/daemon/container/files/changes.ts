/** `docker diff`: what a container has changed in its root filesystem. */
import { join } from 'node:path';
import { step } from '../../../core/step.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import { unlessRemoved } from '../lock.ts';
import type { Change } from './compare.ts';
import type { OwnLayerRequest } from './own-layer.ts';

/** A directory before what is in it, siblings by name. */
export function containerChanges(engine: Engine, container: Container): Promise<Change[]> {
  return step('container.changes', { id: container.id }, () =>
    unlessRemoved(engine, container, () =>
      engine.files.ask<Change[]>({ verb: 'changes', ...ownLayer(engine, container) }),
    ),
  );
}

/** Paths in the upper directory, bytes in latin1, that the engine made and the container left as they were. */
export function initLayerIn(engine: Engine, container: Container): Promise<string[]> {
  return engine.files.ask<string[]>({ verb: 'init-layer', ...ownLayer(engine, container) });
}

function ownLayer({ images, containers }: Engine, { id, imageId }: Container): OwnLayerRequest {
  const image = images.find(imageId);
  return {
    upper: join(containers.directory(id), 'upper'),
    layers: image ? images.layerDirectories(image) : [],
  };
}
