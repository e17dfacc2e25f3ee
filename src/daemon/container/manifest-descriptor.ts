/** `ImageManifestDescriptor`: which manifest, of perhaps several of its image, a container was made from. */
import type { Descriptor } from '../../image/oci.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

/** With its platform, as its index has it, or else as the image says; undefined if the image is gone. */
export function manifestDescriptor({ images }: Engine, { imageId }: Container): Descriptor | undefined {
  const image = images.find(imageId);
  if (!image) return undefined;
  const { os, architecture, variant } = image.config;
  return { platform: { os, architecture, ...(variant && { variant }) }, ...image.manifest };
}
