/** `docker pull`. */
import type { PullOptions } from '../../image/pull-blobs.ts';
import { familiarName, familiarRepository, parseReference, parseTagged } from '../../image/reference.ts';
import type { Engine } from '../engine.ts';
import { publishTransfer } from './events.ts';

/** `tag`: a tag, a digest, or '' for the one in the name. */
export async function pullImage(
  engine: Engine,
  name: string,
  tag: string,
  options: PullOptions,
): Promise<void> {
  const reference = parseReference(name);
  const asked = tag === '' ? name : `${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
  await engine.images.pull(asked, options);
  const shown = options.allTags ? familiarRepository(reference) : familiarName(parseTagged(asked));
  publishTransfer(engine, 'pull', shown);
}
