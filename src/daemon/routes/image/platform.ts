/** The platform that a client asks for: in JSON (`{"os":"linux","architecture":"arm64"}`) or as people write it. */
import { list } from '../../../api/query.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Image } from '../../../image/image.ts';
import type { Platform } from '../../../image/oci.ts';
import { otherPlatform, parsePlatform, suits } from '../../../image/platform.ts';
import type { Engine } from '../../engine.ts';

/** Undefined if none is named. Throws `invalid-argument` for several, or for nonsense. */
export function platformOf(given: string | string[] | undefined): Platform | undefined {
  const [text, ...more] = list(given).filter((one) => one !== '');
  if (more.length > 0) throw invalidArgument('only one platform can be chosen');
  if (text === undefined || !text.startsWith('{'))
    return text === undefined ? undefined : parsePlatform(text);
  try {
    const { os, architecture, variant } = JSON.parse(text) as Partial<Platform>;
    return parsePlatform([os, architecture, variant].filter(Boolean).join('/'));
  } catch (error) {
    throw invalidArgument(`invalid platform ${text}`, error);
  }
}

/** Throws `not-found` if the image is for another platform. */
export function imageFor({ images }: Engine, name: string, platform: Platform | undefined): Image {
  const image = images.get(name);
  if (platform && !suits(image.config, platform)) throw otherPlatform(name, image.config, platform);
  return image;
}
