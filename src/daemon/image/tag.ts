/** `docker tag`. */
import { invalidArgument } from '../../core/errors.ts';
import type { Image } from '../../image/image.ts';
import { familiarName, parseReference, parseTagged } from '../../image/reference.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';

export function tagImage(engine: Engine, image: Image, repository: string, tag: string): void {
  const { digest } = parseReference(repository);
  if (digest !== undefined) throw invalidArgument('refusing to create a tag with a digest reference');
  const name = familiarName(parseTagged(tag === '' ? repository : `${repository}:${tag}`));
  engine.images.tag(image, name);
  publishImage(engine, 'tag', image, name);
}
