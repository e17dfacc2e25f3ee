/** What the index of an image lists: for people who want to see which platforms there are, and which of them are here. */
import type { Digest } from '../core/digest.ts';
import { attests } from './attestation.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import type { Manifest } from './manifest.ts';
import type { Descriptor } from './oci.ts';
import { chainOf } from './usage.ts';

export interface ListedManifest {
  descriptor: Descriptor;
  kind: 'image' | 'attestation' | 'unknown';
  /** With all that it needs. */
  available: boolean;
  /** Bytes of its blobs, as far as they are here. */
  content: number;
  /** Bytes of its files, as far as they are unpacked. */
  unpacked: number;
  /** The image, if it is here. */
  image?: Image;
  /** The manifest that an attestation is about. */
  of?: Digest;
}

/** In the order of the index. Without an index, the image's own manifest. */
export function listedManifests(context: ImageContext, image: Image): ListedManifest[] {
  const variants = context.images.variants(image);
  return context.images.manifests(image).map((descriptor) => listed(context, descriptor, variants));
}

function listed(context: ImageContext, descriptor: Descriptor, variants: Image[]): ListedManifest {
  const { content, layers } = context;
  const parts = partsOf(context, descriptor);
  const present = parts.filter((digest) => content.has(digest));
  const image = context.images.byManifest(descriptor.digest);
  const of = attests(descriptor);
  const chain = image ? chainOf(image) : [];
  return {
    descriptor,
    kind: of ? 'attestation' : image || isForSomething(descriptor) ? 'image' : 'unknown',
    available: present.length === parts.length,
    content: present.reduce((sum, digest) => sum + content.size(digest), 0),
    unpacked: chain.reduce((sum, chainId) => sum + (layers.get(chainId)?.size ?? 0), 0),
    image: image && (variants.find(({ id }) => id === image.id) ?? image),
    of,
  };
}

/** The manifest and what it names; of one that is not here, itself alone. Each once. */
function partsOf({ content }: ImageContext, { digest }: Descriptor): Digest[] {
  if (!content.has(digest)) return [digest];
  const { config, layers } = content.readJson<Manifest>(digest);
  return [...new Set([digest, config.digest, ...layers.map((layer) => layer.digest)])];
}

/** BuildKit gives what is no image the platform `unknown/unknown`. */
function isForSomething({ platform }: Descriptor): boolean {
  return platform !== undefined && platform.os !== 'unknown';
}
