/**
 * Which images there are and what they are called: the index of the OCI layout (image-index.ts), held in memory with
 * what it leads to (known-images.ts). Every change is on the disk when it returns.
 *
 * A name leads to a manifest or to an index. The images of an index that are here are variants of each other; where
 * one is meant by name, it is the one for this machine, or else the first that the index lists.
 */
import { join } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { messageOf } from '../core/errors.ts';
import type { ContentStore } from './content-store.ts';
import type { Image } from './image.ts';
import { type IndexEntry, readIndex, writeIndex } from './image-index.ts';
import { shapeImages } from './image-shape.ts';
import { KnownImages } from './known-images.ts';
import type { LayerStore } from './layer-store.ts';
import type { Descriptor } from './oci.ts';
import { Parentage } from './parentage.ts';
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
  /** As they are on disk. */
  #stored: IndexEntry[] = [];
  /** Entries whose blobs are missing or damaged. */
  #broken: IndexEntry[] = [];
  readonly #known: KnownImages;
  readonly #parents = new Parentage();
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
    this.#stored = [...this.#entries];
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** Of variants, the one that their names mean; each with those names only. */
  list(): Image[] {
    const meant = this.#those(this.#shown().flatMap(({ target }) => this.#known.idOf(target) ?? []));
    return meant.map((image) => {
      const names = this.names(image.id).map((name) => familiarName(parseReference(name)));
      const isMeant = (name: string) => names.includes(name);
      return { ...image, tags: image.tags.filter(isMeant), repoDigests: image.repoDigests.filter(isMeant) };
    });
  }

  /** With the other variants. */
  listShown(): Image[] {
    return this.#those(this.#shown().flatMap(({ target }) => this.#known.idsOf(target)));
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
    const target = this.#targetOf(name);
    const id = target && this.#known.idOf(target);
    const image = id && this.#all().get(id);
    return image && { ...image, target };
  }

  byManifest(digest: Digest): Image | undefined {
    const id = this.#known.idOf({ digest });
    return id && this.#all().get(id);
  }

  /** The images that an entry which leads to this one leads to, itself included. */
  variants({ id }: Image): Image[] {
    return this.#those([id, ...this.#entriesOf(id).flatMap(({ target }) => this.#known.idsOf(target))]);
  }

  /** All manifests of the index that its names lead to, here or not; without an index its own. */
  manifests({ target }: Image): Descriptor[] {
    return this.#known.manifestsOf(target);
  }

  /** All that stood on one manifest of an image stands on another of the same image. */
  replaceManifest(before: Digest, after: Descriptor): void {
    this.#known.learn(after);
    this.#entries = this.#entries.map((entry) =>
      entry.target.digest === before ? { ...entry, target: after } : entry,
    );
    this.#changed();
  }

  /** Whole names that mean this image, and not another variant; those with digests included. */
  names(id: Digest): string[] {
    return this.#meaning(id).flatMap(({ name }) => name ?? []);
  }

  /** False for what is only here as a variant of another. */
  isMeant(id: Digest): boolean {
    return this.#meaning(id).length > 0;
  }

  /** Images that were committed or built from this one. */
  children(id: Digest): Image[] {
    return this.list().filter(({ parent }) => parent === id);
  }

  /** Makes an image, or those of an index, known whose blobs are in the store. Durable when this returns. */
  add(target: Descriptor, names: string[] = [], parent?: Digest): Image {
    const id = this.#known.learn(target);
    if (parent !== undefined) this.#parents.set(id, parent);
    for (const name of names) this.#setName(name, target);
    this.#entries = this.#entries.filter((entry) => !entry.hidden || !this.#isWithin(entry.target, target));
    if (this.#entriesOf(id).length === 0) this.#entries.push({ target });
    this.#changed();
    const [image] = this.#those([id]);
    if (!image) throw new Error(`the index does not know ${target.digest}`);
    return image;
  }

  /** Moves the name here if it belongs to another image, which stays, without a name if it has no other. */
  setName(target: Descriptor, name: string): void {
    this.#setName(name, target);
    this.#changed();
  }

  /** The image stays even if this was its last name. */
  removeName(name: string): void {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    if (!entry) return;
    this.#entries = this.#entries.filter((candidate) => candidate !== entry);
    this.#keep(entry.target);
    this.#changed();
  }

  /**
   * An image with its variants, as far as no other name leads to them. Those that `isUsed` are out of sight, but their
   * blobs and layers stay until they are deleted for good. Returns all that are out of sight now.
   */
  delete(id: Digest, isUsed: (id: Digest) => boolean): Image[] {
    const doomed = this.#meaning(id);
    const images = this.#those(doomed.flatMap(({ target }) => this.#known.idsOf(target)));
    this.#entries = this.#entries.filter((entry) => !doomed.includes(entry));
    const gone = images.filter((image) => this.#entriesOf(image.id).length === 0);
    for (const { id, manifest } of gone) {
      if (isUsed(id)) this.#entries.push({ target: manifest, hidden: true });
    }
    this.#changed();
    return gone;
  }

  /** One variant of several, with the names that lead to it alone, which are returned; collect its blobs then. */
  deleteVariant(id: Digest): string[] {
    this.#known.forget(id);
    const left = this.#entries.filter(({ target }) => this.#known.idsOf(target).length > 0);
    const names = this.#entries.flatMap((entry) => (left.includes(entry) ? [] : (entry.name ?? [])));
    this.#entries = left;
    this.#changed();
    return names;
  }

  /** Hidden images that no container stands on any more are forgotten. False: there are none. */
  dropHidden(isUsed: (id: Digest) => boolean): boolean {
    const unused = this.#entries.filter(({ hidden, target }) => {
      return hidden && !this.#known.idsOf(target).some(isUsed);
    });
    if (unused.length === 0) return false;
    this.#entries = this.#entries.filter((entry) => !unused.includes(entry));
    this.#changed();
    return true;
  }

  /** Names (or manifests) of entries whose blobs cannot be read. */
  brokenNames(): string[] {
    return this.#broken.map(({ name, target }) => name ?? target.digest);
  }

  dropBroken(): void {
    if (this.#broken.length === 0) return;
    this.#broken = [];
    this.#changed();
  }

  /** Every blob that an image needs. */
  liveBlobs(): Set<Digest> {
    return new Set([...this.#broken.map(({ target }) => target.digest), ...this.#known.blobs()]);
  }

  #take(entry: IndexEntry, warn: (message: string) => void): void {
    try {
      const id = this.#known.learn(entry.target);
      this.#entries.push(entry);
      if (entry.parent) this.#parents.set(id, entry.parent);
    } catch (error) {
      this.#broken.push(entry);
      warn(`the image ${entry.name ?? entry.target.digest} cannot be read: ${messageOf(error)}`);
    }
  }

  #setName(name: string, target: Descriptor): void {
    const before = this.#entries.find((entry) => entry.name === name);
    this.#entries = this.#entries.filter((entry) => {
      const needless = entry.name === undefined && this.#isWithin(entry.target, target);
      return entry !== before && !needless;
    });
    this.#entries.push({ name, tagged: new Date().toISOString(), target });
    if (before) this.#keep(before.target);
  }

  /** Images that lost a name keep an entry. */
  #keep(target: Descriptor): void {
    const isLost = (id: Digest) => this.#entriesOf(id).length === 0;
    if (this.#known.idsOf(target).some(isLost)) this.#entries.push({ target });
  }

  /** Whether all images of one are images of the other. */
  #isWithin(inner: Descriptor, outer: Descriptor): boolean {
    const ids = this.#known.idsOf(outer);
    return this.#known.idsOf(inner).every((id) => ids.includes(id));
  }

  #targetOf(name: string): Descriptor | undefined {
    return this.#entries.find((candidate) => candidate.name === name)?.target;
  }

  #shown(): IndexEntry[] {
    return this.#entries.filter(({ hidden }) => !hidden);
  }

  #meaning(id: Digest): IndexEntry[] {
    return this.#entries.filter(({ target }) => this.#known.idOf(target) === id);
  }

  /** Those that lead to it, perhaps among others. */
  #entriesOf(id: Digest): IndexEntry[] {
    return this.#entries.filter(({ target }) => this.#known.idsOf(target).includes(id));
  }

  /** Each once. */
  #those(ids: readonly Digest[]): Image[] {
    return [...new Set(ids)].flatMap((id) => this.#all().get(id) ?? []);
  }

  /** What cannot be stored, on a full disk say, has not happened. */
  #changed(): void {
    try {
      this.#save();
      this.#stored = [...this.#entries];
    } catch (error) {
      this.#entries = [...this.#stored];
      for (const { target } of this.#stored) this.#known.learn(target);
      throw error;
    } finally {
      this.#settle();
    }
  }

  #settle(): void {
    this.#known.keepOnly(this.#entries.map(({ target }) => target));
    this.#parents.keepOnly((id) => this.#known.has(id));
    this.#images = undefined;
    this.#revision++;
  }

  #all(): Map<Digest, Image> {
    this.#images ??= shapeImages(this.#entries, this.#known, this.#parents, this.#layers);
    return this.#images;
  }

  #save(): void {
    const entries = this.#entries.map((entry) => {
      const id = this.#known.idOf(entry.target);
      return { ...entry, parent: id && this.#parents.of(id) };
    });
    writeIndex(this.#path, [...entries, ...this.#broken]);
  }
}
