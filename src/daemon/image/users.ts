/** Which containers were made from an image or mount it: the image layer asks before it deletes. */
import type { Digest } from '../../core/digest.ts';
import type { ImageUser } from '../../image/remove.ts';
import { isUp } from '../container/state.ts';
import type { Engine } from '../engine.ts';

/** Whether anybody stands on an image, running or not. */
export function isImageUsed(engine: Engine): (id: Digest) => boolean {
  return (id) => imageUsers(engine, id).length > 0;
}

export function imageUsers(engine: Engine, id: Digest): ImageUser[] {
  return engine.containers
    .list()
    .filter(({ imageId, mounts }) => imageId === id || mounts.some(({ Source }) => Source === id))
    .map((container) => ({ id: container.id, running: isUp(container.state) }));
}
