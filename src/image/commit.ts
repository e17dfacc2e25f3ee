/**
 * Makes a layer of what a container (or a step of a build) has written, and an image of layers and a config. The layer
 * is the upper directory itself: nothing is compared with what lies below.
 */
import { join } from 'node:path';
import { type Digest, sha256 } from '../core/digest.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import { archiveToFile } from './layer/archive.ts';
import { chainIds } from './layer-record.ts';
import { CONFIG, LAYER, MANIFEST } from './media-types.ts';
import type { Descriptor, ImageConfig } from './oci.ts';
import { parseTagged, wholeName } from './reference.ts';

/** A layer to be made of what a container or a build step has written. */
export interface LayerRequest {
  /** Its `upper` becomes the layer. */
  directory: string;
  /** Diff ids of the layers that it stood on, bottom first. */
  below: readonly Digest[];
  /** `upper` is moved away and becomes the unpacked layer; else it stays, and the layer is a copy. */
  take: boolean;
  /** Later times are set to this one; nanoseconds since 1970. */
  maxTime?: bigint;
  /** Paths in `upper`, bytes in latin1 without leading slash, that are no part of the layer. Not with `take`. */
  leaveOut?: readonly string[];
}

/** A layer whose blob and files are stored, held against garbage collection until `release`. */
export interface StoredLayer {
  diffId: Digest;
  chainId: Digest;
  descriptor: Descriptor;
  /** Bytes of its files. */
  size: number;
  /** It changes nothing: an image needs no such layer. */
  isEmpty: boolean;
  release(): void;
}

/** A layer by what it unpacks to, and its blob. */
export interface LayerReference {
  diffId: Digest;
  descriptor: Descriptor;
}

export interface NewImage {
  /** `rootfs` is made of the layers. */
  config: Omit<ImageConfig, 'rootfs'>;
  /** Bottom first; `layersOf` for those of an image. */
  layers: readonly LayerReference[];
  /** As people write them. */
  names: readonly string[];
  parent?: Digest;
}

/** Held until the lease that is returned is released: by then an image should stand on it. */
export function addLayer(context: ImageContext, request: LayerRequest): Promise<StoredLayer> {
  const { directory, below, take, maxTime, leaveOut } = request;
  return step('image.layer.commit', { directory }, async () => {
    const { content, layers } = context;
    const upper = join(directory, 'upper');
    const path = content.temporaryPath();
    const held = [content.leases.lease(), layers.leases.lease()] as const;
    const release = () => held.forEach((lease) => void lease.release());
    try {
      const archived = await archiveToFile({ directory: upper, whiteouts: true, maxTime, leaveOut }, path);
      const { digest, size } = archived;
      const chain = chainIds([...below, digest]);
      const identity = { chainId: chain.at(-1) ?? digest, diffId: digest, parent: chain.at(-2) };
      held[0].hold(digest);
      held[1].hold(identity.chainId);
      const staged = content.adopt(path, digest, size);
      // Files whose times were cut would not be those of the archive: then it is unpacked like any other.
      if (take && maxTime === undefined)
        await layers.adopt(upper, identity, { ...archived, size: archived.bytes });
      else await layers.ensure({ ...identity, blob: path });
      await staged.commit();
      const descriptor = { mediaType: LAYER, digest, size };
      // The root directory is always in it.
      return { ...identity, descriptor, size: archived.bytes, isEmpty: archived.entries <= 1, release };
    } catch (error) {
      release();
      await content.discard(path);
      throw error;
    }
  });
}

/** See contract.ts. */
export function holdLayer(
  { content, layers }: ImageContext,
  diffIds: readonly Digest[],
  blob: Digest,
): (() => void) | undefined {
  const chainId = chainIds(diffIds).at(-1);
  if (!chainId || !layers.get(chainId) || !content.has(blob)) return undefined;
  const held = [content.leases.lease(), layers.leases.lease()] as const;
  held[0].hold(blob);
  held[1].hold(chainId);
  return () => held.forEach((lease) => void lease.release());
}

/** See contract.ts. */
export async function placeLayer(
  { content, layers }: ImageContext,
  below: readonly Digest[],
  { diffId, descriptor }: LayerReference,
): Promise<() => void> {
  const chain = chainIds([...below, diffId]);
  const chainId = chain.at(-1) ?? diffId;
  const held = [content.leases.lease(), layers.leases.lease()] as const;
  const release = () => held.forEach((lease) => void lease.release());
  held[0].hold(descriptor.digest);
  held[1].hold(chainId);
  try {
    await layers.ensure({ chainId, diffId, parent: chain.at(-2), blob: content.path(descriptor.digest) });
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

/** Writes config and manifest and names the image. Durable when this returns. */
export function createImage({ content, images }: ImageContext, image: NewImage): Image {
  const { config, manifest } = documentsOf(image);
  content.put(config);
  return images.add(
    { mediaType: MANIFEST, ...content.put(manifest) },
    image.names.map((name) => wholeName(parseTagged(name))),
    image.parent,
  );
}

/** The two documents that make an image of layers, as they are stored. */
export function documentsOf({ config, layers }: NewImage): { config: string; manifest: string } {
  const diffIds = layers.map(({ diffId }) => diffId);
  const document: ImageConfig = { ...config, rootfs: { type: 'layers', diff_ids: diffIds } };
  const text = JSON.stringify(document);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest: sha256(text), size: Buffer.byteLength(text) },
    layers: layers.map(({ descriptor }) => descriptor),
  };
  return { config: text, manifest: JSON.stringify(manifest) };
}
