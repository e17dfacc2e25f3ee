/**
 * `--cache-from`: the steps of an image stand for ours as long as its history says the same as our Dockerfile. Docker's
 * classic builder does the same, and words its histories as we do. Steps of our own cache count then only if they are
 * those of such an image: the client has said what may be used.
 */
import type { LayerReference } from '../../commit.ts';
import type { Image } from '../../image.ts';
import { diffIdsOf, type Point } from '../stages/point.ts';

export interface Borrowed {
  created: string;
  layer?: LayerReference;
}

/** Looks for the step that brought one of the images from `point` on with the words `createdBy`. */
export function borrowStep(
  images: readonly Image[],
  layersOf: (image: Image) => LayerReference[],
  point: Point,
  createdBy: string,
): Borrowed | undefined {
  for (const image of images) {
    const layers = layersOf(image);
    const entry = image.config.history?.[point.history.length];
    if (entry?.created_by !== createdBy || entry.created === undefined) continue;
    if (!beginsWith(image, layers, point)) continue;
    if (entry.empty_layer) return { created: entry.created };
    const layer = layers[point.layers.length];
    if (layer) return { created: entry.created, layer };
  }
}

/** Whether one of the images has gone through `point`. */
export function leadTo(
  images: readonly Image[],
  layersOf: (image: Image) => LayerReference[],
  point: Point,
): boolean {
  return images.some((image) => beginsWith(image, layersOf(image), point));
}

function beginsWith(image: Image, layers: readonly LayerReference[], point: Point): boolean {
  const history = image.config.history ?? [];
  const sameWords = point.history.every(({ created_by }, at) => history[at]?.created_by === created_by);
  return sameWords && diffIdsOf(point).every((diffId, at) => layers[at]?.diffId === diffId);
}
