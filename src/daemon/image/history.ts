/** `docker history`: what the config says of each step, with the size of the layer that it made. */
import type { ImageHistoryItem } from '../../api/image.ts';
import type { Images } from '../../image/contract.ts';
import type { Image } from '../../image/image.ts';
import type { Engine } from '../engine.ts';

/** Newest first. An image that this one was made from, where it is known, is named at the last of its steps. */
export function imageHistory({ images }: Engine, image: Image): ImageHistoryItem[] {
  const sizes = images.layerSizes(image);
  const rows: ImageHistoryItem[] = (image.config.history ?? []).map((step) => ({
    Id: '<missing>',
    Created: Math.floor((Date.parse(step.created ?? '') || 0) / 1000),
    CreatedBy: step.created_by ?? '',
    Tags: null,
    Size: step.empty_layer ? 0 : (sizes.shift() ?? 0),
    Comment: step.comment ?? '',
  }));
  for (const { id, tags, config } of lineOf(images, image)) {
    const last = rows[(config.history?.length ?? 0) - 1];
    if (last) Object.assign(last, { Id: id, Tags: tags.length > 0 ? tags : null });
  }
  return rows.reverse();
}

/** The image, the one it was made from, and so on. */
function lineOf(images: Images, image: Image): Image[] {
  const parent = image.parent && images.find(image.parent);
  return parent ? [image, ...lineOf(images, parent)] : [image];
}
