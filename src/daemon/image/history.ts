/** `docker history`: what the config says of each step, with the size of the layer that it made. */
import type { ImageHistoryItem } from '../../api/image.ts';
import type { Image } from '../../image/image.ts';
import type { Engine } from '../engine.ts';

/** Newest first. Only the newest step is an image that can be named. */
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
  const newest = rows.pop();
  if (!newest) return [];
  const tags = image.tags.length > 0 ? image.tags : null;
  return [{ ...newest, Id: image.id, Tags: tags }, ...rows.reverse()];
}
