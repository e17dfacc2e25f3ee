/** What the manifests of the store lead to, read once and kept: configs, layers, and every blob that is needed. */
import type { Digest } from '../core/digest.ts';
import type { ContentStore } from './content-store.ts';
import { type Manifest, storedConfig } from './manifest.ts';
import type { Descriptor, ImageConfig } from './oci.ts';

export interface KnownImage {
  config: ImageConfig;
  manifest: Descriptor;
  layers: Descriptor[];
}

/** A manifest leads to an image; several may lead to the same one. */
interface KnownManifest {
  id: Digest;
  layers: Descriptor[];
}

export class KnownImages {
  readonly #content: ContentStore;
  readonly #images = new Map<Digest, KnownImage>();
  readonly #manifests = new Map<Digest, KnownManifest>();

  constructor(content: ContentStore) {
    this.#content = content;
  }

  has(id: Digest): boolean {
    return this.#images.has(id);
  }

  entries(): IterableIterator<[Digest, KnownImage]> {
    return this.#images.entries();
  }

  idOf({ digest }: Pick<Descriptor, 'digest'>): Digest | undefined {
    return this.#manifests.get(digest)?.id;
  }

  /** The id of the image that the manifest leads to. Throws if a document is missing or damaged. */
  learn(manifest: Descriptor): Digest {
    const known = this.idOf(manifest);
    if (known) return known;
    const { config, layers } = this.#content.readJson<Manifest>(manifest.digest);
    const id = config.digest;
    if (!this.#images.has(id)) {
      this.#images.set(id, { config: storedConfig(this.#content.read(id)), manifest, layers });
    }
    this.#manifests.set(manifest.digest, { id, layers });
    return id;
  }

  /** The image with all its manifests. */
  forget(id: Digest): void {
    this.#images.delete(id);
    for (const [digest, known] of this.#manifests) if (known.id === id) this.#manifests.delete(digest);
  }

  blobs(): Digest[] {
    return [...this.#manifests].flatMap(([manifest, { id, layers }]) => [
      manifest,
      id,
      ...layers.map(({ digest }) => digest),
    ]);
  }
}
