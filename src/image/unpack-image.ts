/** Makes sure that all layers of an image are unpacked; for an image that was loaded, they are. */
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';

export async function unpackImage({ content, layers }: ImageContext, image: Image): Promise<void> {
  const diffIds = image.config.rootfs.diff_ids;
  const chain = chainIds(diffIds);
  for (const [i, { digest }] of image.layers.entries()) {
    const [chainId, diffId] = [chain[i], diffIds[i]];
    if (!chainId || !diffId || layers.get(chainId)) continue;
    await layers.ensure({ chainId, diffId, parent: chain[i - 1], blob: content.path(digest) });
  }
}
