/**
 * Attestations: in-toto statements about an image, in a manifest that stands beside the image's own in the index
 * (BuildKit: docs/attestations/attestation-storage.md).
 */
import { type Digest, isDigest } from '../core/digest.ts';
import type { ImageContext } from './context.ts';
import { getImage } from './find.ts';
import type { Manifest } from './manifest.ts';
import type { Descriptor, Platform } from './oci.ts';

const TYPE = 'vnd.docker.reference.type';
const OF = 'vnd.docker.reference.digest';

/** The manifest that it says something about; undefined for what is no attestation. */
export function attests({ annotations = {} }: Pick<Descriptor, 'annotations'>): Digest | undefined {
  const digest = annotations[OF] ?? '';
  return annotations[TYPE] === 'attestation-manifest' && isDigest(digest) ? digest : undefined;
}

/** One statement. */
export interface Attestation {
  descriptor: Descriptor;
  /** What kind of statement it is, a URI. */
  predicateType: string;
  /** The statement itself. Throws if it is not here. */
  read(): unknown;
}

const PREDICATE = 'in-toto.io/predicate-type';

/** Throws `not-found` if no variant of the image is for the platform. */
export function attestationsOf(context: ImageContext, name: string, platform: Platform): Attestation[] {
  const { content, images } = context;
  const variant = getImage(images, name, platform);
  const about = images
    .manifests(variant)
    .filter((listed) => attests(listed) === variant.manifest.digest && content.has(listed.digest));
  return about.flatMap(({ digest }) =>
    content.readJson<Manifest>(digest).layers.flatMap((descriptor) => {
      const predicateType = descriptor.annotations?.[PREDICATE];
      if (predicateType === undefined) return [];
      return [{ descriptor, predicateType, read: () => content.readJson(descriptor.digest) }];
    }),
  );
}
