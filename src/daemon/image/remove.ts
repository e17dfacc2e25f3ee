/** `docker rmi`. */
import type { Digest } from '../../core/digest.ts';
import type { Platform } from '../../image/oci.ts';
import type { RemovedImage } from '../../image/remove.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';
import { imageUsers } from './users.ts';

export interface RemoveRequest {
  force: boolean;
  prune: boolean;
  /** Only what is here for these; empty: all of it. */
  platforms?: readonly Platform[];
}

export async function removeImage(
  engine: Engine,
  reference: string,
  { force, prune, platforms = [] }: RemoveRequest,
): Promise<RemovedImage[]> {
  const image = engine.images.get(reference);
  const variants = engine.images.variants(image);
  const options = { force, prune, users: (id: Digest) => imageUsers(engine, id) };
  const removed =
    platforms.length > 0
      ? await engine.images.removeVariants(reference, platforms, options)
      : await engine.images.remove(reference, options);
  for (const { Untagged, Deleted } of removed) {
    if (Untagged !== undefined) publishImage(engine, 'untag', image);
    const deleted = variants.find(({ id }) => id === Deleted);
    if (deleted) publishImage(engine, 'delete', deleted);
  }
  return removed;
}
