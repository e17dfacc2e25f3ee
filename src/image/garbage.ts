/** Mark and sweep: what no image names, no container stands on and no running operation holds is deleted. */
import type { Digest } from '../core/digest.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import type { ImageStore } from './image-store.ts';
import { chainIds } from './layer-record.ts';

/** Returns the layers that went, of those in `candidates` (default all), top first. */
export function collectGarbage(
  context: ImageContext,
  candidates: Digest[] = context.layers.list().map(({ chainId }) => chainId),
): Promise<Digest[]> {
  return step('image.garbage.collect', {}, async () => {
    const gone = await sweepLayers(context, candidates);
    await sweepBlobs(context);
    return gone;
  });
}

/** Top first: a layer never outlives the ones below it. */
async function sweepLayers({ images, layers }: ImageContext, candidates: Digest[]): Promise<Digest[]> {
  const isLive = fresh(
    images,
    () => new Set(images.listAll().flatMap(({ config }) => chainIds(config.rootfs.diff_ids))),
  );
  const gone: Digest[] = [];
  for (const chainId of candidates.toReversed()) {
    if (isLive(chainId) || !layers.get(chainId) || layers.leases.isHeld(chainId)) continue;
    await layers.remove(chainId);
    gone.push(chainId);
  }
  return gone;
}

async function sweepBlobs({ content, images }: ImageContext): Promise<void> {
  const isLive = fresh(images, () => images.liveBlobs());
  for (const digest of content.list()) {
    if (!isLive(digest) && !content.leases.isHeld(digest)) await content.delete(digest);
  }
}

/** Marks again whenever the images have changed since: others go on while a sweep waits for the disk. */
function fresh(images: ImageStore, mark: () => Set<Digest>): (digest: Digest) => boolean {
  let revision = images.revision;
  let marked = mark();
  return (digest) => {
    if (revision !== images.revision) {
      revision = images.revision;
      marked = mark();
    }
    return marked.has(digest);
  };
}
