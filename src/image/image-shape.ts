/** One image as the engine sees it, put together of what the store knows of it. */
import type { Digest } from '../core/digest.ts';
import type { Image } from './image.ts';
import type { IndexEntry } from './image-index.ts';
import type { KnownImage } from './known-images.ts';
import { chainIds } from './layer-record.ts';
import type { LayerStore } from './layer-store.ts';
import { isIndex } from './media-types.ts';
import { familiarName, parseReference } from './reference.ts';

export interface ImageFacts {
  id: Digest;
  known: KnownImage;
  /** Those that lead to it. */
  entries: IndexEntry[];
  beside: Digest[];
  parent?: Digest;
}

export function shapeImage({ id, known, entries, beside, parent }: ImageFacts, layers: LayerStore): Image {
  const { config, manifest } = known;
  const names = entries.flatMap(({ name }) =>
    name === undefined ? [] : [familiarName(parseReference(name))],
  );
  const diffIds = config.rootfs.diff_ids;
  const chain = chainIds(diffIds);
  const targets = entries.map(({ target }) => target);
  return {
    id,
    parent,
    manifest,
    target: targets.find(({ mediaType }) => isIndex(mediaType)) ?? targets[0] ?? manifest,
    beside,
    config,
    layers: known.layers,
    tags: names.filter((name) => !name.includes('@')).sort(),
    repoDigests: names.filter((name) => name.includes('@')).sort(),
    size: diffIds.reduce((sum, diffId, i) => sum + layers.sizeOf(chain[i] ?? diffId, diffId), 0),
    lastTagged: entries
      .flatMap(({ tagged }) => tagged ?? [])
      .sort()
      .at(-1),
  };
}
