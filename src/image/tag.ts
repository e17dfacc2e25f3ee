/** Gives an image a name, taking it from whichever image had it. */
import { invalidArgument } from '../core/errors.ts';
import { stepSync } from '../core/step.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';

/** `name`: whole. */
export function tagImage(images: ImageStore, image: Image, name: string): void {
  if (name.includes('@')) throw invalidArgument('refusing to create a tag with a digest reference');
  stepSync('image.tag', { name, image: image.id }, () => images.setName(image.target, name));
}
