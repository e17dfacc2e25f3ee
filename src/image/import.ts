/** `docker import`: a tarball of a root filesystem becomes an image of one layer. */
import type { Readable } from 'node:stream';
import { step } from '../core/step.ts';
import { createImage } from './commit.ts';
import { asLayer } from './compression.ts';
import type { ImageContext } from './context.ts';
import type { Image, ImportOptions } from './image.ts';
import { hostPlatform } from './manifest.ts';
import { layerType } from './media-types.ts';

/** The archive is stored as it comes if a layer may be packed so; its diff id is found by unpacking it. */
export function importImage(
  context: ImageContext,
  archive: Readable,
  options: ImportOptions,
): Promise<Image> {
  return step('image.import', {}, async () => {
    const { content, layers } = context;
    const { data, compression } = await asLayer(archive);
    const staged = await content.stage(data, { signal: options.signal });
    const blobs = content.leases.lease();
    const unpacked = layers.leases.lease();
    try {
      blobs.hold(staged.digest);
      const layer = await layers.add(staged.path, unpacked.hold, options.signal);
      await staged.commit();
      const descriptor = { mediaType: layerType(compression), digest: staged.digest, size: staged.size };
      return createImage(context, {
        config: configOf(options),
        layers: [{ diffId: layer.diffId, descriptor }],
        names: options.names,
      });
    } finally {
      await staged.discard();
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
