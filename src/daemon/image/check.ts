/** `skiff fsck`: the store of images, checked and mended. An extension of ours. */
import type { CheckReport } from '../../image/image.ts';
import type { Engine } from '../engine.ts';

export function checkStore(
  { images, containers }: Engine,
  { repair, signal }: { repair: boolean; signal?: AbortSignal },
): Promise<CheckReport> {
  const isUsed = (id: string) => containers.list().some(({ imageId }) => imageId === id);
  return images.check({ repair, isUsed, signal });
}
