/** How much of the disk images take, and would give back. Blocks are counted, as du(1) does. */
import { stat } from 'node:fs/promises';
import type { Digest } from '../core/digest.ts';
import { ignoring } from '../core/errors.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';

const BLOCK = 512;

export async function diskUsage({ content, downloads, layers }: ImageContext): Promise<number> {
  const files = [
    ...content.list().map((digest) => content.path(digest)),
    ...content.temporaries(),
    ...downloads.partials(false),
  ];
  const sizes = await Promise.all(files.map(blocksOf));
  const unpacked = layers.list().map(({ usage }) => usage);
  return [...sizes, ...unpacked].reduce((sum, size) => sum + size, 0);
}

/** What a layer's files and its blob take; `diffIds`: it and all below it. */
export async function layerUsage(
  { content, layers }: ImageContext,
  diffIds: readonly Digest[],
  blob: Digest,
): Promise<number> {
  const chainId = chainIds(diffIds).at(-1);
  const unpacked = chainId ? (layers.get(chainId)?.usage ?? 0) : 0;
  return unpacked + (await blocksOf(content.path(blob)));
}

/** Layers and blobs that only these images and their variants need. */
export function reclaimable({ content, images, layers }: ImageContext, doomed: readonly Image[]): number {
  const going = doomed.flatMap((image) => images.variants(image));
  const ids = new Set(going.map(({ id }) => id));
  const staying = images.listAll().filter(({ id }) => !ids.has(id));
  const keptLayers = new Set(staying.flatMap(chainOf));
  const keptBlobs = new Set(staying.flatMap(blobsOf));
  const goingLayers = new Set(going.flatMap(chainOf).filter((chainId) => !keptLayers.has(chainId)));
  const goingBlobs = new Set(going.flatMap(blobsOf).filter((digest) => !keptBlobs.has(digest)));
  const unpacked = [...goingLayers].map((chainId) => layers.get(chainId)?.usage ?? 0);
  const packed = [...goingBlobs].map((digest) => (content.has(digest) ? content.size(digest) : 0));
  return [...unpacked, ...packed].reduce((sum, size) => sum + size, 0);
}

/** Bytes of those layers of an image that other images stand on, too. */
export function sharedSize({ images, layers }: ImageContext, image: Image): number {
  const others = images.listAll().filter(({ id }) => id !== image.id);
  const elsewhere = new Set(others.flatMap(chainOf));
  const shared = chainOf(image).filter((chainId) => elsewhere.has(chainId));
  return shared.reduce((sum, chainId) => sum + (layers.get(chainId)?.size ?? 0), 0);
}

export function chainOf(image: Image): Digest[] {
  return chainIds(image.config.rootfs.diff_ids);
}

function blobsOf({ id, manifest, layers, beside }: Image): Digest[] {
  return [id, manifest.digest, ...layers.map(({ digest }) => digest), ...beside];
}

async function blocksOf(path: string): Promise<number> {
  const found = await stat(path).catch(ignoring('ENOENT'));
  return (found?.blocks ?? 0) * BLOCK;
}
