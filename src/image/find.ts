/** Finds an image by what a person may call it, and says so in Docker's words if there is none. */
import { type Digest, isDigest } from '../core/digest.ts';
import { isKind, notFound } from '../core/errors.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';
import type { Platform } from './oci.ts';
import { otherPlatform, suits } from './platform.ts';
import { familiarName, parseTagged, wholeName } from './reference.ts';

/** Throws `not-found`, or `invalid-argument` for what can be neither name nor id. With a platform: the variant for it. */
export function getImage(images: ImageStore, reference: string, platform?: Platform): Image {
  const found = findImage(images, reference);
  if (!found) throw noSuchImage(reference);
  if (!platform) return found;
  const variant = variantFor(images, found, platform);
  if (!variant) throw otherPlatform(reference, found.config, platform);
  return variant;
}

export function variantFor(images: ImageStore, image: Image, platform: Platform): Image | undefined {
  return images.variants(image).find(({ config }) => suits(config, platform));
}

/** An exact name goes before an id, as in Docker: `cafe` may be an image's name and the start of another's id. */
export function findImage(images: ImageStore, reference: string): Image | undefined {
  const id = exactId(reference);
  if (id !== undefined) return images.byId(id);
  const name = nameOf(reference);
  const named = name === undefined ? undefined : images.byName(name);
  return named ?? findById(images.listShown(), reference);
}

export function noSuchImage(reference: string) {
  if (exactId(reference) !== undefined) return notFound(`No such image: ${reference}`);
  return notFound(`No such image: ${familiarName(parseTagged(reference))}`);
}

/** Whether this way of naming the image is by its id, whole or in part. */
export function isIdOf(image: Image, reference: string): boolean {
  return image.id.startsWith(reference) || image.id.slice('sha256:'.length).startsWith(reference);
}

/** By id, whole (`sha256:…` or 64 digits) or any prefix of it that fits one image only. */
function findById(images: Image[], reference: string): Image | undefined {
  const hex = reference.startsWith('sha256:') ? reference.slice(7) : reference;
  if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
  const found = images.filter(({ id }) => id.startsWith(`sha256:${hex}`));
  return found.length === 1 ? found[0] : undefined;
}

function exactId(reference: string): Digest | undefined {
  const text = /^[0-9a-f]{64}$/.test(reference) ? `sha256:${reference}` : reference;
  return isDigest(text) ? text : undefined;
}

function nameOf(reference: string): string | undefined {
  try {
    return wholeName(parseTagged(reference));
  } catch (error) {
    if (isKind(error, 'invalid-argument')) return undefined;
    throw error;
  }
}
