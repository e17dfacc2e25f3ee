/** Deletes images that others of the same index outlive. */
import { conflict } from '../core/errors.ts';
import { shortId } from '../core/ids.ts';
import type { ImageContext } from './context.ts';
import { collectGarbage } from './garbage.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';
import { familiarName, parseReference } from './reference.ts';
import type { RemovedImage, RemoveOptions } from './remove.ts';

/** Throws `conflict`, and deletes nothing, if containers or images stand on one of them. */
export async function deleteVariants(
  context: ImageContext,
  doomed: readonly Image[],
  options: RemoveOptions,
): Promise<RemovedImage[]> {
  for (const image of doomed) checkUnused(context, image, options);
  const ids = doomed.map(({ id }) => id);
  const untagged = ids
    .flatMap((id) => context.images.deleteVariant(id))
    .map((name) => ({ Untagged: familiarName(parseReference(name)) }));
  const layers = doomed.flatMap(({ config }) => chainIds(config.rootfs.diff_ids));
  const removed = await collectGarbage(context, [...new Set(layers)]);
  return [...untagged, ...[...ids, ...removed].map((Deleted) => ({ Deleted }))];
}

function checkUnused({ images }: ImageContext, image: Image, { users }: RemoveOptions): void {
  const refuse = (reason: string) =>
    conflict(`conflict: unable to delete ${shortId(image.id)} (cannot be forced) - ${reason}`);
  const [user] = users(image.id);
  if (user) {
    const what = user.running ? 'running' : 'stopped';
    throw refuse(`image is being used by ${what} container ${shortId(user.id)}`);
  }
  if (images.children(image.id).length > 0) throw refuse('image has dependent child images');
}
