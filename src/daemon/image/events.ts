/** Tells the world what happened to an image, with the attributes that Docker's events carry. */
import type { Image } from '../../image/image.ts';
import type { Engine } from '../engine.ts';

/** `create`: a build has made it, named or not (API 1.46). */
export type ImageAction = 'create' | 'load' | 'save' | 'tag' | 'untag' | 'delete' | 'import';

/** `name`: as Docker puts it, the new name for `tag`, the image's id for the others. */
export function publishImage(
  { events }: Engine,
  action: ImageAction,
  image: Image,
  name: string = image.id,
): void {
  events.publish('image', action, image.id, { ...image.config.config?.Labels, name });
}

/** Pull and push are told of the name, not of the image. */
export function publishTransfer({ events, images }: Engine, action: 'pull' | 'push', name: string): void {
  const labels = images.find(name)?.config.config?.Labels;
  events.publish('image', action, name, { ...labels, name: name.replace(/(?::[\w.-]+)?(?:@.*)?$/, '') });
}
