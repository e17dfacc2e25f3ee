/** `docker save`: names and ids are looked up before the answer begins. */
import { PassThrough, type Readable } from 'node:stream';
import type { Engine } from '../engine.ts';
import { publishImage } from './events.ts';

/** Throws `not-found` if one of them is no image; what goes wrong later destroys the stream. */
export function saveImage(engine: Engine, references: string[]): Readable {
  const images = references.map((reference) => engine.images.get(reference));
  const out = new PassThrough({ highWaterMark: 512 * 1024 });
  engine.images.save(references, out).then(
    () => {
      for (const image of images) publishImage(engine, 'save', image);
    },
    (error) => out.destroy(error),
  );
  return out;
}
