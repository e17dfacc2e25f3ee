/** `docker rmi`. */
import type { RemovedImage } from '../../image/remove.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';
import { imageUsers } from './users.ts';

export async function removeImage(
  engine: Engine,
  reference: string,
  { force, prune }: { force: boolean; prune: boolean },
): Promise<RemovedImage[]> {
  const image = engine.images.get(reference);
  const removed = await engine.images.remove(reference, {
    force,
    prune,
    users: (id) => imageUsers(engine, id),
  });
  for (const { Untagged, Deleted } of removed) {
    if (Untagged !== undefined) publishImage(engine, 'untag', image);
    if (Deleted === image.id) publishImage(engine, 'delete', image);
  }
  return removed;
}
