/** `docker save`: names and ids are looked up before the answer begins. */
import { PassThrough, type Readable } from 'node:stream';
import type { Platform } from '../../image/oci.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';

/** Throws `not-found` if one of them is no image, or one for another platform; what goes wrong later destroys the stream. */
export function saveImage(
  engine: Engine,
  references: string[],
  platforms: readonly Platform[] = [],
): Readable {
  const chosen = engine.images.choose(references, platforms);
  const out = new PassThrough({ highWaterMark: 512 * 1024 });
  engine.images.save(chosen, out).then(
    () => {
      for (const { variants } of chosen) for (const image of variants) publishImage(engine, 'save', image);
    },
    (error) => out.destroy(error),
  );
  return out;
}
