/**
 * What the names of the store lead to, read once and kept: a manifest, or an index of manifests of which some are here.
 * Which of them are is not written down anywhere: those are whose blobs are stored.
 */
import type { Digest } from '../core/digest.ts';
import { notFound } from '../core/errors.ts';
import { attests } from './attestation.ts';
import type { ContentStore } from './content-store.ts';
import { type Manifest, parseDocument, storedConfig } from './manifest.ts';
import { isConfig, isIndex } from './media-types.ts';
import type { Descriptor, ImageConfig, Platform } from './oci.ts';
import { hostPlatform, suits } from './platform.ts';

export interface KnownImage {
  config: ImageConfig;
  manifest: Descriptor;
  layers: Descriptor[];
}

/** A manifest leads to an image, several perhaps to the same one; an index to what it lists; the rest goes with images. */
type Known =
  | { kind: 'image'; id: Digest; manifest: Descriptor; layers: Descriptor[] }
  | { kind: 'index'; manifests: Descriptor[] }
  | { kind: 'attachment'; blobs: Digest[] };

/** Indexes in indexes are what nobody writes, and what would never end. */
const DEPTH_MAX = 3;

export class KnownImages {
  readonly #content: ContentStore;
  readonly #documents = new Map<Digest, Known>();
  readonly #configs = new Map<Digest, ImageConfig>();
  /** What `idsOf` has found since the last change. */
  readonly #found = new Map<Digest, Digest[]>();

  constructor(content: ContentStore) {
    this.#content = content;
  }

  has(id: Digest): boolean {
    return this.#configs.has(id);
  }

  entries(): Map<Digest, KnownImage> {
    const images = new Map<Digest, KnownImage>();
    for (const known of this.#documents.values()) {
      const config = known.kind === 'image' && this.#configs.get(known.id);
      if (known.kind !== 'image' || !config || images.has(known.id)) continue;
      images.set(known.id, { config, manifest: known.manifest, layers: known.layers });
    }
    return images;
  }

  /** The images here that it leads to; first the one for this machine. */
  idsOf({ digest }: Pick<Descriptor, 'digest'>): readonly Digest[] {
    const found = this.#found.get(digest) ?? this.#findIds(digest);
    this.#found.set(digest, found);
    return found;
  }

  idOf(target: Pick<Descriptor, 'digest'>): Digest | undefined {
    return this.idsOf(target)[0];
  }

  /** All manifests that an index lists, those that are not here too; a manifest lists itself. */
  manifestsOf(target: Descriptor): Descriptor[] {
    const known = this.#documents.get(target.digest);
    return known?.kind === 'index' ? known.manifests.flatMap((one) => this.manifestsOf(one)) : [target];
  }

  /** Blobs besides those of images that it leads to: indexes, and what is attached. */
  blobsBeside(target: Pick<Descriptor, 'digest'>): Digest[] {
    return this.#reached(target.digest).flatMap((digest) => {
      const known = this.#documents.get(digest);
      if (known?.kind === 'attachment') return [digest, ...known.blobs];
      return known?.kind === 'index' ? [digest] : [];
    });
  }

  /** Reads what is new of it. Throws if a document is missing or damaged, or no image of an index is here. */
  learn(target: Descriptor): Digest {
    const faults = this.#read(target, 0);
    this.#found.clear();
    const id = this.idOf(target);
    if (id !== undefined) return id;
    throw faults[0] ?? notFound(`no image of the index ${target.digest} is stored`);
  }

  /** An image with all its manifests. */
  forget(id: Digest): void {
    for (const [digest, known] of this.#documents) {
      if (known.kind === 'image' && known.id === id) this.#documents.delete(digest);
    }
    this.#configs.delete(id);
    this.#found.clear();
  }

  /** Forgets what none of these leads to. */
  keepOnly(targets: readonly Descriptor[]): void {
    const reached = new Set(targets.flatMap(({ digest }) => this.#reached(digest)));
    for (const digest of this.#documents.keys()) if (!reached.has(digest)) this.#documents.delete(digest);
    const ids = new Set([...this.#documents.values()].map((known) => known.kind === 'image' && known.id));
    for (const id of this.#configs.keys()) if (!ids.has(id)) this.#configs.delete(id);
    this.#found.clear();
  }

  blobs(): Digest[] {
    return [...this.#documents].flatMap(([digest, known]) => {
      if (known.kind === 'image') return [digest, known.id, ...known.layers.map((layer) => layer.digest)];
      return known.kind === 'attachment' ? [digest, ...known.blobs] : [digest];
    });
  }

  #findIds(target: Digest): Digest[] {
    const ids = this.#reached(target).flatMap((digest) => {
      const known = this.#documents.get(digest);
      return known?.kind === 'image' ? [known.id] : [];
    });
    const host = hostPlatform();
    const isForHost = (id: Digest) => suits(this.#configs.get(id) ?? NOWHERE, host);
    return [...new Set([...ids.filter(isForHost), ...ids])];
  }

  /** Digests of the documents that are known, its own first. */
  #reached(digest: Digest): Digest[] {
    const known = this.#documents.get(digest);
    if (!known) return [];
    const below = known.kind === 'index' ? known.manifests.flatMap((one) => this.#reached(one.digest)) : [];
    return [digest, ...below];
  }

  /** Of an index, what cannot be read is left out; the reasons are returned. */
  #read(descriptor: Descriptor, depth: number): unknown[] {
    const { digest } = descriptor;
    const known = this.#documents.get(digest);
    if (known && known.kind !== 'index') return [];
    if (!known && !isIndex(descriptor.mediaType)) {
      this.#documents.set(digest, this.#readManifest(descriptor));
      return [];
    }
    const manifests = known?.manifests ?? this.#readIndex(descriptor, depth);
    this.#documents.set(digest, { kind: 'index', manifests });
    return manifests.flatMap((one) => {
      if (!this.#content.has(one.digest)) return [];
      try {
        return this.#read(one, depth + 1);
      } catch (error) {
        return [error];
      }
    });
  }

  #readIndex({ digest, mediaType }: Descriptor, depth: number): Descriptor[] {
    if (depth === DEPTH_MAX) throw notFound(`the index ${digest} is nested too deeply`);
    const document = parseDocument(this.#content.read(digest), mediaType);
    if (document.kind === 'index') return document.manifests;
    throw notFound(`${digest} is no index`);
  }

  #readManifest(descriptor: Descriptor): Known {
    const { config, layers } = this.#content.readJson<Manifest>(descriptor.digest);
    if (attests(descriptor) !== undefined || !isConfig(config.mediaType)) {
      const blobs = [config, ...layers].map(({ digest }) => digest);
      return { kind: 'attachment', blobs: blobs.filter((digest) => this.#content.has(digest)) };
    }
    const id = config.digest;
    if (!this.#configs.has(id)) this.#configs.set(id, storedConfig(this.#content.read(id)));
    return { kind: 'image', id, manifest: descriptor, layers };
  }
}

const NOWHERE: Platform = { os: '', architecture: '' };
