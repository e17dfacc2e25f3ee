/** Removes what is here of an image for some platforms, and leaves the rest: `docker rmi --platform`. */
import { conflict } from '../core/errors.ts';
import { shortId } from '../core/ids.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import { getImage } from './find.ts';
import { collectGarbage } from './garbage.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';
import type { Platform } from './oci.ts';
import { familiarName, parseReference } from './reference.ts';
import { type RemovedImage, type RemoveOptions, removeImage } from './remove.ts';

/** See contract.ts. Nothing is removed if one of the platforms is not there. */
export function removeVariants(
  context: ImageContext,
  reference: string,
  platforms: readonly Platform[],
  options: RemoveOptions,
): Promise<RemovedImage[]> {
  return step('image.variants.remove', { reference }, async () => {
    const { images } = context;
    const found = platforms.map((platform) => getImage(images, reference, platform));
    const doomed = new Map(found.map((image) => [image.id, image]));
    const staying = images.variants(getImage(images, reference)).filter(({ id }) => !doomed.has(id));
    // An image of which nothing is left is no image.
    if (staying.length === 0) return removeImage(context, reference, options);
    for (const image of doomed.values()) checkUnused(context, image, options);
    const names = [...doomed.keys()].flatMap((id) => images.deleteVariant(id));
    const layers = [...doomed.values()].flatMap(({ config }) => chainIds(config.rootfs.diff_ids));
    const removed = await collectGarbage(context, [...new Set(layers)]);
    const untagged = names.map((name) => ({ Untagged: familiarName(parseReference(name)) }));
    return [...untagged, ...[...doomed.keys(), ...removed].map((Deleted) => ({ Deleted }))];
  });
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
