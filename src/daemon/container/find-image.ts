/** The image that a container is made from, and whether it is one for this machine. */
import { invalidArgument, isKind, notFound } from '../../core/errors.ts';
import type { Image } from '../../image/image.ts';
import { hostPlatform, otherPlatform, parsePlatform, platformText, suits } from '../../image/platform.ts';
import type { Engine } from '../engine.ts';

/** Throws `not-found` in Docker's words: its clients pull then. */
export function findImage(engine: Engine, reference: string, platform: string | undefined): Image {
  if (reference === '') throw invalidArgument('no image was specified: Image is empty');
  const image = getImage(engine, reference);
  const wanted = platform ? parsePlatform(platform) : undefined;
  if (wanted && !suits(image.config, wanted)) throw otherPlatform(reference, image.config, wanted);
  return image;
}

function getImage(engine: Engine, reference: string): Image {
  try {
    return engine.images.get(reference);
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error;
    const isTagged = /[:@]/.test(reference);
    throw notFound(`No such image: ${isTagged ? reference : `${reference}:latest`}`, error);
  }
}

/** Where nobody asked for a platform, and the image is for another machine. */
export function platformWarnings({ config }: Image, { platform }: { platform?: string }): string[] {
  const host = hostPlatform();
  if (platform || config.architecture === host.architecture) return [];
  return [
    `The requested image's platform (${platformText(config)}) does not match the detected host platform ` +
      `(${platformText(host)}) and no specific platform was requested`,
  ];
}
