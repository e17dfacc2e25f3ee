/** `docker import`: a tarball of a root filesystem becomes an image of one layer. */

import type { Readable } from 'node:stream';
import { step } from '../core/step.ts';
import { createImage } from './commit.ts';
import { asLayer } from './compression.ts';
import type { Staged } from './content-store.ts';
import type { ImageContext } from './context.ts';
import { EarlyLayer } from './early-layer.ts';
import type { Image } from './image.ts';
import { layerType } from './media-types.ts';
import type { ImageRunConfig, Platform } from './oci.ts';
import { hostPlatform } from './platform.ts';

export interface ImportOptions {
  /** As people write them. */
  names: readonly string[];
  /** What the image's history says. */
  message?: string;
  config?: ImageRunConfig;
  platform?: Platform;
  /** As for `load`. */
  spend?: boolean;
  signal?: AbortSignal;
}

/** The archive is stored as it comes if a layer may be packed so; its diff id is found by unpacking it. */
export function importImage(
  context: ImageContext,
  archive: Readable,
  options: ImportOptions,
): Promise<Image> {
  return step('image.import', {}, async () => {
    const { content, layers } = context;
    const { signal, spend } = options;
    const own = spend ? new WeakSet<ArrayBufferLike>() : undefined;
    const { data, compression } = await asLayer(archive, own);
    const early = new EarlyLayer(layers, { whole: true, signal });
    const blobs = content.leases.lease();
    const unpacked = layers.leases.lease();
    let staged: Staged | undefined;
    try {
      staged = await content.stage(data, { signal, own, onWritten: early.grow });
      blobs.hold(staged.digest);
      const loose =
        (await early.take()) ?? (await layers.prepare({ blob: staged.path, whole: true, signal }));
      unpacked.hold(loose.diffId);
      const layer = await layers.place(loose, { chainId: loose.diffId, diffId: loose.diffId });
      await staged.commit();
      const descriptor = { mediaType: layerType(compression), digest: staged.digest, size: staged.size };
      return createImage(context, {
        config: configOf(options),
        layers: [{ diffId: layer.diffId, descriptor }],
        names: options.names,
      });
    } finally {
      await early.close();
      await staged?.discard();
      blobs.release();
      unpacked.release();
    }
  });
}

function configOf({ message, config, platform = hostPlatform() }: ImportOptions) {
  const created = new Date().toISOString();
  const history = [{ created, comment: message }];
  return { ...platform, created, config, history };
}
