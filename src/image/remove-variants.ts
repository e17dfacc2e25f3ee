/** Removes what is here of an image for some platforms, and leaves the rest: `docker rmi --platform`. */
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import { deleteVariants } from './delete-variants.ts';
import { getImage } from './find.ts';
import type { Platform } from './oci.ts';
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
    return deleteVariants(context, [...doomed.values()], options);
  });
}
