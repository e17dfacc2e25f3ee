/** `docker push`. */
import type { PushOptions } from '../../image/push-blob.ts';
import { familiarName, familiarRepository, parseReference } from '../../image/reference.ts';
import type { Engine } from '../engine.ts';
import { publishTransfer } from './events.ts';

/** `tag` '': every tag of the repository, unless the name has one. */
export async function pushImage(
  engine: Engine,
  name: string,
  tag: string,
  options: PushOptions,
): Promise<void> {
  const reference = parseReference(tag === '' ? name : `${name}:${tag}`);
  const allTags = reference.tag === undefined;
  await engine.images.push(familiarName(reference), { ...options, allTags });
  publishTransfer(engine, 'push', allTags ? familiarRepository(reference) : familiarName(reference));
}
