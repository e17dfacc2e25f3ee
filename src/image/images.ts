/** Opens the image layer: stores, index and snapshots below one data-root, behind contract.ts. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { invalidArgument, messageOf } from '../core/errors.ts';
import { attestationsOf } from './attestation.ts';
import { checkImages } from './check/check.ts';
import { chooseImages } from './choose.ts';
import { addLayer, createImage, holdLayer, placeLayer } from './commit.ts';
import { ContentStore } from './content-store.ts';
import type { ImageContext } from './context.ts';
import type { Images } from './contract.ts';
import { inspectDistribution } from './distribution.ts';
import { findImage, getImage } from './find.ts';
import { collectGarbage } from './garbage.ts';
import { ImageStore } from './image-store.ts';
import { importImage } from './import.ts';
import { createUnpacker } from './layer/unpack.ts';
import { LayerStore } from './layer-store.ts';
import { listedManifests } from './listed-manifests.ts';
import { loadImages } from './load.ts';
import { checkLogin } from './login.ts';
import { pullImages } from './pull.ts';
import { pushImages } from './push.ts';
import { parseTagged, wholeName } from './reference.ts';
import { Downloads } from './registry/downloads.ts';
import type { RegistryOptions } from './registry/hosts.ts';
import { removeImage } from './remove.ts';
import { removeVariants } from './remove-variants.ts';
import { saveImages, saveNewImage } from './save.ts';
import { searchRegistry } from './search.ts';
import { Snapshots } from './snapshots/snapshots.ts';
import { tagImage } from './tag.ts';
import { unpackImage } from './unpack-image.ts';
import { chainOf, diskUsage, layerUsage, reclaimable, sharedSize } from './usage.ts';

export interface ImagesOptions {
  /** The data-root; `image/` and `layers/` below it are this layer's. */
  root: string;
  logger: Logger;
  registry?: Partial<RegistryOptions>;
  /** Blobs that are downloaded at a time; default 3, as dockerd's. */
  maxDownloads?: number;
}

/** Everything that is asked for on the way of a container's start is in memory once this has resolved. */
export async function openImages({
  root,
  logger,
  registry,
  maxDownloads = 3,
}: ImagesOptions): Promise<Images> {
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
  const context: ImageContext = {
    content,
    layers,
    images,
    downloads: new Downloads(content, maxDownloads),
    registry: { mirrors: [], insecure: [], certsDirectories: [], ...registry },
    logger,
  };
  sweepLeftovers(context);
  return {
    get: (reference, platform) => getImage(images, reference, platform),
    find: (reference) => findImage(images, reference),
    list: () => images.list(),
    variants: (image) => images.variants(image),
    manifests: (image) => listedManifests(context, image),
    attestations: (name, platform) => attestationsOf(context, name, platform),
    children: ({ id }) => images.children(id),
    load: (archive, options) => loadImages(context, archive, options),
    pull: (name, options) => pullImages(context, name, options),
    push: (name, options) => pushImages(context, name, options),
    inspectDistribution: (name, options) => inspectDistribution(context, name, options),
    checkLogin: (auth) => checkLogin(context, auth),
    search: (term, limit, options) => searchRegistry(context, term, limit, options),
    import: (archive, options) => importImage(context, archive, options),
    choose: (references, platforms) => chooseImages(images, references, platforms),
    save: (chosen, out, signal) => saveImages(context, chosen, out, signal),
    saveNew: (image, out, signal) => saveNewImage(context, image, out, signal),
    tag: (image, name) => tagImage(images, image, wholeName(parseTagged(name))),
    remove: (reference, options) => removeImage(context, reference, options),
    removeVariants: (reference, platforms, options) => removeVariants(context, reference, platforms, options),
    addLayer: (request) => addLayer(context, request),
    placeLayer: (below, layer) => placeLayer(context, below, layer),
    hold: (diffIds, blob) => holdLayer(context, diffIds, blob),
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
    diskUsage: () => diskUsage(context),
    layerUsage: (diffIds, blob) => layerUsage(context, diffIds, blob),
    reclaimable: (doomed) => reclaimable(context, doomed),
    collectGarbage: async (isUsed) => {
      images.dropHidden(isUsed);
      await collectGarbage(context);
      await Promise.all(context.downloads.partials(true).map((path) => rm(path, { force: true })));
    },
    release: async (isUsed) => {
      if (images.dropHidden(isUsed)) await collectGarbage(context);
    },
    check: (options) => checkImages(context, options),
    prepareSnapshot: async (request) => {
      if (request.image) await unpackImage(context, request.image);
      return snapshots.prepare(request);
    },
    snapshotMounts: (request) => snapshots.mounts(request),
    view: async (image) => {
      await unpackImage(context, image);
      return snapshots.view(image);
    },
    removeSnapshot: (directory) => snapshots.remove(directory),
    close: async () => {
      snapshots.close();
      await unpacker.close();
    },
  };
}

/** What a crash left; in the background, because nobody waits for it. */
function sweepLeftovers({ content, downloads, layers, logger }: ImageContext): void {
  const report = (error: unknown) => logger.warn(`leftovers of images stay: ${messageOf(error)}`);
  for (const path of [...content.leftovers(), ...downloads.partials(true), ...layers.leftovers()])
    rm(path, { recursive: true, force: true }).catch(report);
}
