/** Which containers were made from which image: the image layer asks before it deletes. */
import type { Digest } from '../../core/digest.ts';
import type { ImageUser } from '../../image/image.ts';
import { isUp } from '../container/state.ts';
import type { Engine } from '../engine.ts';

export function imageUsers(engine: Engine, id: Digest): ImageUser[] {
  return engine.containers
    .list()
    .filter(({ imageId }) => imageId === id)
    .map((container) => ({ id: container.id, running: isUp(container.state) }));
}
