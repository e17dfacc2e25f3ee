/** Images as the engine sees them, put together of what the store knows of them. */
import type { Digest } from '../core/digest.ts';
import type { Image } from './image.ts';
import type { IndexEntry } from './image-index.ts';
import type { KnownImage, KnownImages } from './known-images.ts';
import { chainIds } from './layer-record.ts';
import type { LayerStore } from './layer-store.ts';
import { isIndex } from './media-types.ts';
import type { Parentage } from './parentage.ts';
import { familiarName, parseReference } from './reference.ts';

interface ImageFacts {
  id: Digest;
  known: KnownImage;
  /** Those that lead to it. */
  entries: IndexEntry[];
  beside: Digest[];
  parent?: Digest;
}

export function shapeImages(
  entries: readonly IndexEntry[],
  known: KnownImages,
  parents: Parentage,
  layers: LayerStore,
): Map<Digest, Image> {
  const entriesOf = new Map<Digest, IndexEntry[]>();
  for (const entry of entries) {
    for (const id of known.idsOf(entry.target)) entriesOf.set(id, [...(entriesOf.get(id) ?? []), entry]);
  }
  const images = new Map<Digest, Image>();
  for (const [id, image] of known.entries()) {
    const [leading, parent] = [entriesOf.get(id) ?? [], parents.of(id)];
    const beside = [...new Set(leading.flatMap(({ target }) => known.blobsBeside(target)))];
    const isKnown = parent !== undefined && known.has(parent);
    const facts = { id, known: image, entries: leading, beside, parent: isKnown ? parent : undefined };
    images.set(id, shapeImage(facts, layers));
  }
  return images;
}

function shapeImage({ id, known, entries, beside, parent }: ImageFacts, layers: LayerStore): Image {
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
