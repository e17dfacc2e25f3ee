/** `docker tag`. */
import { invalidArgument } from '../../core/errors.ts';
import type { Image } from '../../image/image.ts';
import { parseReference } from '../../image/reference.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';
import { taggedName } from './name.ts';

export function tagImage(engine: Engine, image: Image, repository: string, tag: string): void {
  const { digest, path } = parseReference(repository);
  if (path === 'library/sha256') {
    throw invalidArgument('refusing to create an ambiguous tag using digest algorithm as name');
  }
  if (digest !== undefined) throw invalidArgument('refusing to create a tag with a digest reference');
  const name = taggedName(repository, tag);
  engine.images.tag(image, name);
  publishImage(engine, 'tag', image, name);
}
