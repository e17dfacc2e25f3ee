/**
 * Which images there are and what they are called: the index of the OCI layout (image-index.ts), held in memory with
 * what it leads to (known-images.ts). Every change is on the disk when it returns.
 */
import { join } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { messageOf } from '../core/errors.ts';
import type { ContentStore } from './content-store.ts';
import type { Image } from './image.ts';
import { type IndexEntry, readIndex, writeIndex } from './image-index.ts';
import { type KnownImage, KnownImages } from './known-images.ts';
import { chainIds } from './layer-record.ts';
import type { LayerStore } from './layer-store.ts';
import type { Descriptor } from './oci.ts';
import { familiarName, parseReference } from './reference.ts';

export interface ImageStoreOptions {
  /** Directory of the OCI layout. */
  root: string;
  content: ContentStore;
  layers: LayerStore;
  /** Told of an entry that cannot be read; it is left out of what is shown, and kept in the file. */
  warn: (message: string) => void;
}

export class ImageStore {
  readonly #path: string;
  readonly #layers: LayerStore;
  #entries: IndexEntry[] = [];
  /** Entries whose blobs are missing or damaged. */
  #broken: IndexEntry[] = [];
  readonly #known: KnownImages;
  /** Image → the image that it was committed from. */
  readonly #parents = new Map<Digest, Digest>();
  /** Made when first asked for after a change. */
  #images: Map<Digest, Image> | undefined;
  #revision = 0;

  constructor({ root, content, layers, warn }: ImageStoreOptions) {
    this.#path = join(root, 'index.json');
    this.#known = new KnownImages(content);
    this.#layers = layers;
    const entries = readIndex(this.#path);
    if (!entries) this.#save();
    for (const entry of entries ?? []) this.#take(entry, warn);
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  list(): Image[] {
    const shown = new Set(
      this.#entries.flatMap(({ hidden, manifest }) => (hidden ? [] : this.#known.idOf(manifest))),
    );
    return this.listAll().filter(({ id }) => shown.has(id));
  }

  /** With those that only stopped containers keep. */
  listAll(): Image[] {
    return [...this.#all().values()];
  }

  /** Finds hidden ones, too. */
  byId(id: Digest): Image | undefined {
    return this.#all().get(id);
  }

  /** `name`: whole, with tag or digest. */
  byName(name: string): Image | undefined {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    return entry && this.#imageOf(entry.manifest);
  }

  byManifest(digest: Digest): Image | undefined {
    const id = this.#known.idOf({ digest });
    return id && this.#all().get(id);
  }

  /** All that stood on one manifest of an image stands on another of the same image. */
  replaceManifest(before: Digest, after: Descriptor): void {
    const id = this.#known.idOf({ digest: before });
    if (id === undefined) return;
    const parent = this.#parents.get(id);
    this.#forget(id);
    if (parent) this.#parents.set(id, parent);
    this.#entries = this.#entries.map((entry) =>
      entry.manifest.digest === before ? { ...entry, manifest: after } : entry,
    );
    this.#known.learn(after);
    for (const { manifest } of this.#entries) this.#known.learn(manifest);
    this.#changed();
  }

  /** Whole names of an image, those with digests included. */
  names(id: Digest): string[] {
    return this.#entriesOf(id).flatMap(({ name }) => name ?? []);
  }

  /** Images that were committed from this one. */
  children(id: Digest): Image[] {
    return this.list().filter(({ parent }) => parent === id);
  }

  /** Makes an image known whose blobs are in the store. Durable when this returns. */
  add(manifest: Descriptor, names: string[] = [], parent?: Digest): Image {
    const id = this.#known.learn(manifest);
    if (parent !== undefined && parent !== id) this.#parents.set(id, parent);
    for (const name of names) this.#setName(name, manifest);
    this.#entries = this.#entries.filter(
      ({ hidden, manifest: other }) => !hidden || this.#known.idOf(other) !== id,
    );
    if (this.#entriesOf(id).length === 0) this.#entries.push({ manifest });
    this.#changed();
    return this.#imageOf(manifest);
  }

  /** Moves the name here if it belongs to another image, which stays, without a name if it has no other. */
  setName(image: Image, name: string): void {
    this.#setName(name, image.manifest);
    this.#changed();
  }

  /** The image stays even if this was its last name. */
  removeName(name: string): void {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    if (!entry) return;
    this.#entries = this.#entries.filter((candidate) => candidate !== entry);
    this.#keep(entry.manifest);
    this.#changed();
  }

  /** `keepForUsers`: out of sight, but its blobs and layers stay until it is deleted for good. */
  delete(id: Digest, { keepForUsers }: { keepForUsers: boolean }): void {
    const [first, ...others] = this.#entriesOf(id);
    this.#entries = this.#entries.filter((entry) => entry !== first && !others.includes(entry));
    if (keepForUsers && first) {
      this.#entries.push({ manifest: first.manifest, hidden: true });
    } else {
      this.#forget(id);
    }
    this.#changed();
  }

  /** Hidden images that no container stands on any more are forgotten. */
  dropHidden(isUsed: (id: Digest) => boolean): void {
    const unused = this.#entries.filter(({ hidden, manifest }) => {
      const id = this.#known.idOf(manifest);
      return hidden && (id === undefined || !isUsed(id));
    });
    if (unused.length === 0) return;
    this.#entries = this.#entries.filter((entry) => !unused.includes(entry));
    for (const { manifest } of unused) {
      const id = this.#known.idOf(manifest);
      if (id) this.#forget(id);
    }
    this.#changed();
  }

  /** Names (or manifests) of entries whose blobs cannot be read. */
  brokenNames(): string[] {
    return this.#broken.map(({ name, manifest }) => name ?? manifest.digest);
  }

  dropBroken(): void {
    if (this.#broken.length === 0) return;
    this.#broken = [];
    this.#changed();
  }

  /** Every blob that an image needs. */
  liveBlobs(): Set<Digest> {
    return new Set([...this.#broken.map(({ manifest }) => manifest.digest), ...this.#known.blobs()]);
  }

  #take(entry: IndexEntry, warn: (message: string) => void): void {
    try {
      const id = this.#known.learn(entry.manifest);
      this.#entries.push(entry);
      if (entry.parent) this.#parents.set(id, entry.parent);
    } catch (error) {
      this.#broken.push(entry);
      warn(`the image ${entry.name ?? entry.manifest.digest} cannot be read: ${messageOf(error)}`);
    }
  }

  #setName(name: string, manifest: Descriptor): void {
    const before = this.#entries.find((entry) => entry.name === name);
    const id = this.#known.idOf(manifest);
    this.#entries = this.#entries.filter((entry) => {
      const replaced = entry === before;
      const needless = entry.name === undefined && this.#known.idOf(entry.manifest) === id;
      return !replaced && !needless;
    });
    this.#entries.push({ name, tagged: new Date().toISOString(), manifest });
    if (before) this.#keep(before.manifest);
  }

  /** An image that lost a name keeps an entry. */
  #keep(manifest: Descriptor): void {
    const id = this.#known.idOf(manifest);
    if (id && this.#entriesOf(id).length === 0) this.#entries.push({ manifest });
  }

  #forget(id: Digest): void {
    this.#known.forget(id);
    this.#parents.delete(id);
  }

  #entriesOf(id: Digest): IndexEntry[] {
    return this.#entries.filter(({ manifest }) => this.#known.idOf(manifest) === id);
  }

  #imageOf(manifest: Descriptor): Image {
    const id = this.#known.idOf(manifest);
    const image = id && this.#all().get(id);
    if (!image) throw new Error(`the index does not know ${manifest.digest}`);
    return image;
  }

  #changed(): void {
    this.#images = undefined;
    this.#revision++;
    this.#save();
  }

  #all(): Map<Digest, Image> {
    if (!this.#images) {
      this.#images = new Map();
      for (const [id, known] of this.#known.entries()) this.#images.set(id, this.#shape(id, known));
    }
    return this.#images;
  }

  #shape(id: Digest, { config, manifest, layers }: KnownImage): Image {
    const entries = this.#entriesOf(id);
    const names = entries.flatMap(({ name }) =>
      name === undefined ? [] : [familiarName(parseReference(name))],
    );
    const diffIds = config.rootfs.diff_ids;
    const chain = chainIds(diffIds);
    const parent = this.#parents.get(id);
    return {
      id,
      parent: parent !== undefined && this.#known.has(parent) ? parent : undefined,
      manifest,
      config,
      layers,
      tags: names.filter((name) => !name.includes('@')).sort(),
      repoDigests: names.filter((name) => name.includes('@')).sort(),
      size: diffIds.reduce((sum, diffId, i) => sum + this.#layers.sizeOf(chain[i] ?? diffId, diffId), 0),
      lastTagged: entries
        .flatMap(({ tagged }) => tagged ?? [])
        .sort()
        .at(-1),
    };
  }

  #save(): void {
    const entries = this.#entries.map((entry) => {
      const id = this.#known.idOf(entry.manifest);
      return { ...entry, parent: id && this.#parents.get(id) };
    });
    writeIndex(this.#path, [...entries, ...this.#broken]);
  }
}
