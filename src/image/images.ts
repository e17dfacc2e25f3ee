/** Opens the image layer: stores, index and snapshots below one data-root, behind the contract of image.ts. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { invalidArgument, messageOf } from '../core/errors.ts';
import { addLayer, createImage } from './commit.ts';
import { ContentStore } from './content-store.ts';
import type { ImageContext } from './context.ts';
import { findImage, getImage } from './find.ts';
import type { Image, Images } from './image.ts';
import { ImageStore } from './image-store.ts';
import { importImage } from './import.ts';
import { createUnpacker } from './layer/unpack.ts';
import { chainIds, LayerStore } from './layer-store.ts';
import { loadImages } from './load.ts';
import { parseTagged, wholeName } from './reference.ts';
import { removeImage } from './remove.ts';
import { saveImages } from './save.ts';
import { Snapshots } from './snapshots/snapshots.ts';
import { tagImage } from './tag.ts';
import { unpackImage } from './unpack-image.ts';

export interface ImagesOptions {
  /** The data-root; `image/` and `layers/` below it are this layer's. */
  root: string;
  logger: Logger;
}

/** Everything that is asked for on the way of a container's start is in memory once this has resolved. */
export async function openImages({ root, logger }: ImagesOptions): Promise<Images> {
  // overlayfs separates layers by colons and options by commas (overlayfs.rst, "Multiple lower layers").
  if (/[:,\\]/.test(root)) throw invalidArgument(`the data-root ${root} may not contain ":", "," or "\\"`);
  const unpacker = createUnpacker(Math.max(1, Math.floor(availableParallelism() / 2)));
  const content = new ContentStore(join(root, 'image'));
  const layers = new LayerStore(join(root, 'layers'), unpacker);
  const images = new ImageStore({
    root: join(root, 'image'),
    content,
    layers,
    warn: (message) => logger.warn(message),
  });
  const snapshots = new Snapshots(layers);
  const context: ImageContext = { content, layers, images, logger };
  sweepLeftovers(context);
  return {
    get: (reference) => getImage(images, reference),
    find: (reference) => findImage(images, reference),
    list: () => images.list(),
    load: (archive, options) => loadImages(context, archive, options),
    import: (archive, options) => importImage(context, archive, options),
    save: (references, out, signal) => saveImages(context, references, out, signal),
    tag: (image, name) => tagImage(images, image, wholeName(parseTagged(name))),
    remove: (reference, options) => removeImage(context, reference, options),
    addLayer: (request) => addLayer(context, request),
    layersOf: ({ config, layers }) =>
      config.rootfs.diff_ids.flatMap((diffId, i) => {
        const descriptor = layers[i];
        return descriptor ? [{ diffId, descriptor }] : [];
      }),
    create: (request) => createImage(context, request),
    layerDirectories: (image) =>
      chainOf(image)
        .reverse()
        .map((chainId) => layers.diff(chainId)),
    layerSizes: (image) => chainOf(image).map((chainId) => layers.get(chainId)?.size ?? 0),
    sharedSize: (image) => sharedSize(context, image),
    prepareSnapshot: async (request) => {
      if (request.image) await unpackImage(context, request.image);
      return snapshots.prepare(request);
    },
    snapshotMounts: (request) => snapshots.mounts(request),
    removeSnapshot: (directory) => snapshots.remove(directory),
    close: async () => {
      snapshots.close();
      await unpacker.close();
    },
  };
}

const chainOf = (image: Image) => chainIds(image.config.rootfs.diff_ids);

function sharedSize({ images, layers }: ImageContext, image: Image): number {
  const others = images.listAll().filter(({ id }) => id !== image.id);
  const elsewhere = new Set(others.flatMap(chainOf));
  const shared = chainOf(image).filter((chainId) => elsewhere.has(chainId));
  return shared.reduce((sum, chainId) => sum + (layers.get(chainId)?.size ?? 0), 0);
}

/** What a crash left; in the background, because nobody waits for it. */
function sweepLeftovers({ content, layers, logger }: ImageContext): void {
  const report = (error: unknown) => logger.warn(`leftovers of images stay: ${messageOf(error)}`);
  layers.sweep().catch(report);
  for (const name of content.temporaries()) rm(name, { force: true }).catch(report);
}
