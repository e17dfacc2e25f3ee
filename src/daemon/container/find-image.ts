/** The image that a container is made from, and whether it is one for this machine. */
import { invalidArgument, isKind, notFound } from '../../core/errors.ts';
import type { Image } from '../../image/image.ts';
import type { Platform } from '../../image/oci.ts';
import { hostPlatform, parsePlatform, platformText } from '../../image/platform.ts';
import type { Engine } from '../engine.ts';

/** Throws `not-found` in Docker's words: its clients pull then. */
export function findImage(engine: Engine, reference: string, platform: string | undefined): Image {
  if (reference === '') throw invalidArgument('no image was specified: Image is empty');
  return getImage(engine, reference, platform ? parsePlatform(platform) : undefined);
}

function getImage(engine: Engine, reference: string, platform: Platform | undefined): Image {
  try {
    return engine.images.get(reference, platform);
  } catch (error) {
    if (!isKind(error, 'not-found') || engine.images.find(reference)) throw error;
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
