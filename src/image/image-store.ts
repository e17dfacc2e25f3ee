/**
 * Which images there are and what they are called: `index.json` of the OCI layout, held in memory as well. One
 * descriptor for each name; the name is the annotation that skopeo and others look at. An image without a name has a
 * descriptor without one. A name with a digest says in which repository, under which digest, the image is known.
 */
import { join } from 'node:path';
import { type Digest, isDigest } from '../core/digest.ts';
import { messageOf } from '../core/errors.ts';
import { readJson, writeJson } from '../core/json-file.ts';
import type { ContentStore } from './content-store.ts';
import type { Descriptor, Image, ImageConfig } from './image.ts';
import { chainIds, type LayerStore } from './layer-store.ts';
import type { Manifest } from './manifest.ts';
import { INDEX } from './media-types.ts';
import { familiarName, parseReference } from './reference.ts';

const NAME = 'org.opencontainers.image.ref.name';
const TAGGED = 'io.skiff.tagged';
const HIDDEN = 'io.skiff.hidden';

interface Entry {
  /** Whole name; absent for an image that has none. */
  name?: string;
  /** When it got the name, RFC 3339. */
  tagged?: string;
  /** Deleted by force while a stopped container stood on it. */
  hidden?: boolean;
  manifest: Descriptor;
}

interface IndexFile {
  schemaVersion: 2;
  mediaType: string;
  manifests: Descriptor[];
}

interface Known {
  config: ImageConfig;
  manifest: Descriptor;
  layers: Descriptor[];
}

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
  readonly #content: ContentStore;
  readonly #layers: LayerStore;
  #entries: Entry[] = [];
  /** Entries whose blobs are missing or damaged. */
  readonly #broken: Descriptor[] = [];
  readonly #known = new Map<Digest, Known>();
  /** Manifest digest → image id. */
  readonly #ids = new Map<Digest, Digest>();
  /** Made when first asked for after a change. */
  #images: Map<Digest, Image> | undefined;
  #revision = 0;

  constructor({ root, content, layers, warn }: ImageStoreOptions) {
    this.#path = join(root, 'index.json');
    this.#content = content;
    this.#layers = layers;
    const file = readJson<IndexFile>(this.#path);
    if (!file) this.#save();
    for (const descriptor of file?.manifests ?? []) this.#read(descriptor, warn);
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  list(): Image[] {
    const shown = new Set(
      this.#entries.flatMap(({ hidden, manifest }) => (hidden ? [] : this.#ids.get(manifest.digest))),
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
    const id = this.#ids.get(digest);
    return id && this.#all().get(id);
  }

  /** All that stood on one manifest of an image stands on another of the same image. */
  replaceManifest(before: Digest, after: Descriptor): void {
    const id = this.#ids.get(before);
    if (id === undefined) return;
    this.#forget(id);
    this.#entries = this.#entries.map((entry) =>
      entry.manifest.digest === before ? { ...entry, manifest: after } : entry,
    );
    this.#learn(after);
    for (const { manifest } of this.#entries) this.#learn(manifest);
    this.#changed();
  }

  /** Whole names of an image, those with digests included. */
  names(id: Digest): string[] {
    return this.#entriesOf(id).flatMap(({ name }) => name ?? []);
  }

  /** Makes an image known whose blobs are in the store. Durable when this returns. */
  add(manifest: Descriptor, names: string[] = []): Image {
    const id = this.#learn(manifest);
    for (const name of names) this.#setName(name, manifest);
    this.#entries = this.#entries.filter(
      ({ hidden, manifest: { digest } }) => !hidden || this.#ids.get(digest) !== id,
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
      const id = this.#ids.get(manifest.digest);
      return hidden && (id === undefined || !isUsed(id));
    });
    if (unused.length === 0) return;
    this.#entries = this.#entries.filter((entry) => !unused.includes(entry));
    for (const { manifest } of unused) {
      const id = this.#ids.get(manifest.digest);
      if (id) this.#forget(id);
    }
    this.#changed();
  }

  /** Names (or manifests) of entries whose blobs cannot be read. */
  brokenNames(): string[] {
    return this.#broken.map(({ annotations, digest }) => annotations?.[NAME] ?? digest);
  }

  dropBroken(): void {
    if (this.#broken.length === 0) return;
    this.#broken.length = 0;
    this.#changed();
  }

  /** Every blob that an image needs. */
  liveBlobs(): Set<Digest> {
    const live = new Set<Digest>(this.#broken.map(({ digest }) => digest));
    for (const [manifest, id] of this.#ids) {
      live.add(manifest).add(id);
      const { layers } = this.#content.readJson<Manifest>(manifest);
      for (const { digest } of layers) live.add(digest);
    }
    return live;
  }

  #read(descriptor: Descriptor, warn: (message: string) => void): void {
    const { annotations, ...manifest } = descriptor;
    try {
      this.#learn(manifest);
      const [name, tagged] = [annotations?.[NAME], annotations?.[TAGGED]];
      this.#entries.push({ name, tagged, hidden: annotations?.[HIDDEN] === 'true', manifest });
    } catch (error) {
      this.#broken.push(descriptor);
      warn(`the image ${annotations?.[NAME] ?? descriptor.digest} cannot be read: ${messageOf(error)}`);
    }
  }

  #learn(manifest: Descriptor): Digest {
    const known = this.#ids.get(manifest.digest);
    if (known) return known;
    const { config, layers } = this.#content.readJson<Manifest>(manifest.digest);
    const id = config.digest;
    if (!this.#known.has(id)) {
      this.#known.set(id, { config: this.#content.readJson<ImageConfig>(id), manifest, layers });
    }
    this.#ids.set(manifest.digest, id);
    return id;
  }

  #setName(name: string, manifest: Descriptor): void {
    const before = this.#entries.find((entry) => entry.name === name);
    const id = this.#ids.get(manifest.digest);
    this.#entries = this.#entries.filter((entry) => {
      const replaced = entry === before;
      const needless = entry.name === undefined && this.#ids.get(entry.manifest.digest) === id;
      return !replaced && !needless;
    });
    this.#entries.push({ name, tagged: new Date().toISOString(), manifest });
    if (before) this.#keep(before.manifest);
  }

  /** An image that lost a name keeps an entry. */
  #keep(manifest: Descriptor): void {
    const id = this.#ids.get(manifest.digest);
    if (id && this.#entriesOf(id).length === 0) this.#entries.push({ manifest });
  }

  #forget(id: Digest): void {
    this.#known.delete(id);
    for (const [manifest, image] of this.#ids) if (image === id) this.#ids.delete(manifest);
  }

  #entriesOf(id: Digest): Entry[] {
    return this.#entries.filter(({ manifest }) => this.#ids.get(manifest.digest) === id);
  }

  #imageOf(manifest: Descriptor): Image {
    const id = this.#ids.get(manifest.digest);
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
      for (const [id, known] of this.#known) this.#images.set(id, this.#shape(id, known));
    }
    return this.#images;
  }

  #shape(id: Digest, { config, manifest, layers }: Known): Image {
    const entries = this.#entriesOf(id);
    const names = entries.flatMap(({ name }) =>
      name === undefined ? [] : [familiarName(parseReference(name))],
    );
    const diffIds = config.rootfs.diff_ids;
    const chain = chainIds(diffIds);
    return {
      id,
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
    const manifests = this.#entries.map(({ name, tagged, hidden, manifest }) => ({
      ...manifest,
      annotations: {
        ...(name !== undefined && { [NAME]: name }),
        ...(tagged !== undefined && { [TAGGED]: tagged }),
        ...(hidden && { [HIDDEN]: 'true' }),
      },
    }));
    const file: IndexFile = {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [...manifests, ...this.#broken],
    };
    writeJson(this.#path, file, { durable: true });
  }
}

/** By id, whole (`sha256:…` or 64 digits) or any prefix of it that fits one image only. */
export function findById(images: Image[], reference: string): Image | undefined {
  const hex = reference.startsWith('sha256:') ? reference.slice(7) : reference;
  if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
  const prefix = `sha256:${hex}`;
  const found = images.filter(({ id }) => (isDigest(prefix) ? id === prefix : id.startsWith(prefix)));
  return found.length === 1 ? found[0] : undefined;
}
