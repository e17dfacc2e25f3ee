/** `docker history`: what the config says of each step, with the size of the layer that it made. */
import type { ImageHistoryItem } from '../../api/image.ts';
import type { Images } from '../../image/contract.ts';
import type { Image } from '../../image/image.ts';
import type { Engine } from '../engine.ts';

/** Newest first. A step is an image that can be named as far as the images are known that this one was committed from. */
export function imageHistory({ images }: Engine, image: Image): ImageHistoryItem[] {
  const sizes = images.layerSizes(image);
  const rows = (image.config.history ?? []).map((step) => ({
    Id: '<missing>',
    Created: Math.floor((Date.parse(step.created ?? '') || 0) / 1000),
    CreatedBy: step.created_by ?? '',
    Tags: null,
    Size: step.empty_layer ? 0 : (sizes.shift() ?? 0),
    Comment: step.comment ?? '',
  }));
  const line = lineOf(images, image);
  return rows.reverse().map((row, i) => {
    const known = line[i];
    if (!known) return row;
    return { ...row, Id: known.id, Tags: known.tags.length > 0 ? known.tags : null };
  });
}

/** The image, the one it was committed from, and so on. */
function lineOf(images: Images, image: Image): Image[] {
  const parent = image.parent && images.find(image.parent);
  return parent ? [image, ...lineOf(images, parent)] : [image];
}
