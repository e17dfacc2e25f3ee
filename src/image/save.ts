/**
 * Writes images as one tarball that is a docker-archive and an OCI layout at once, as `docker save` does: blobs under
 * their digests, `manifest.json` for Docker's way of reading, `index.json` for OCI's.
 */

import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { type Digest, hexOf, sha256 } from '../core/digest.ts';
import { step } from '../core/step.ts';
import type { ChosenImage } from './choose.ts';
import type { NewImage } from './commit.ts';
import { documentsOf } from './commit.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import { INDEX, MANIFEST } from './media-types.ts';
import type { Descriptor } from './oci.ts';
import { familiarName, parseTagged, wholeName } from './reference.ts';

type SavedImage = Pick<Image, 'id' | 'manifest' | 'layers' | 'parent' | 'beside'>;

interface Chosen {
  variants: SavedImage[];
  target: Descriptor;
  names: ReadonlySet<string>;
}

export async function saveImages(
  context: ImageContext,
  chosen: ChosenImage[],
  out: Writable,
  signal?: AbortSignal,
): Promise<void> {
  await write(context, { chosen, documents: new Map() }, out, signal);
}

/** An image that is not stored, of layers that are: written as if it were, and stored nowhere. */
export async function saveNewImage(
  context: ImageContext,
  image: NewImage,
  out: Writable,
  signal?: AbortSignal,
): Promise<void> {
  const { config, manifest } = documentsOf(image);
  const [id, digest] = [sha256(config), sha256(manifest)];
  const layers = image.layers.map(({ descriptor }) => descriptor);
  const descriptor = { mediaType: MANIFEST, digest, size: Buffer.byteLength(manifest) };
  const names = new Set(image.names.map((name) => familiarName(parseTagged(name))));
  const saved = { id, manifest: descriptor, layers, beside: [] };
  const chosen = [{ variants: [saved], target: descriptor, names }];
  const documents = new Map([
    [id, config],
    [digest, manifest],
  ]);
  await write(context, { chosen, documents }, out, signal);
}

interface Content {
  chosen: Chosen[];
  /** Those of an image that is not stored. */
  documents: ReadonlyMap<Digest, string>;
}

async function write(
  context: ImageContext,
  content: Content,
  out: Writable,
  signal?: AbortSignal,
): Promise<void> {
  await step('image.save', { images: content.chosen.length }, async () => {
    const archive = pack();
    const written = pipeline(archive as unknown as Readable, out, { signal });
    const packed = packAll(context, archive, content).catch((error: unknown) => {
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
    await Promise.all([packed, written]);
  });
}

async function packAll(
  { content }: ImageContext,
  archive: Pack,
  { chosen, documents }: Content,
): Promise<void> {
  const blobs = new Set<Digest>();
  for (const digest of chosen.flatMap(blobsOf)) blobs.add(digest);
  for (const name of ['blobs/', 'blobs/sha256/']) await entry(archive, name);
  for (const digest of blobs) {
    const [name, document] = [`blobs/sha256/${hexOf(digest)}`, documents.get(digest)];
    if (document !== undefined) await entry(archive, name, document);
    else await pipeBlob(archive, name, content.size(digest), content.stream(digest));
  }
  await entry(archive, 'index.json', JSON.stringify(indexOf(chosen)));
  await entry(archive, 'manifest.json', JSON.stringify(chosen.flatMap((one) => dockerItem(one, chosen))));
  await entry(archive, 'oci-layout', '{"imageLayoutVersion":"1.0.0"}');
  await entry(archive, 'repositories', JSON.stringify(repositoriesOf(chosen)));
  archive.finalize();
}

/** What stands beside images goes with the index that lists it. */
function blobsOf({ variants, target }: Chosen): Digest[] {
  return variants.flatMap(({ id, manifest, layers, beside }) => [
    ...layers.map(({ digest }) => digest),
    id,
    manifest.digest,
    ...(target.digest === manifest.digest ? [] : beside),
  ]);
}

/** Who reads it this way gets one image for each name. */
function dockerItem({ variants: [image], names }: Chosen, chosen: Chosen[]) {
  if (!image) return [];
  const withParent = chosen.some(({ variants: [other] }) => other?.id === image.parent);
  return {
    Config: `blobs/sha256/${hexOf(image.id)}`,
    RepoTags: names.size > 0 ? [...names] : null,
    Layers: image.layers.map(({ digest }) => `blobs/sha256/${hexOf(digest)}`),
    ...(withParent && { Parent: image.parent }),
  };
}

/** What Docker before 1.10 read: repository → tag → top layer. */
function repositoriesOf(chosen: Chosen[]): Record<string, Record<string, string>> {
  const repositories: Record<string, Record<string, string>> = {};
  for (const { variants, names } of chosen) {
    const top = variants[0]?.layers.at(-1);
    if (!top) continue;
    for (const name of names) {
      const { tag = '', ...repository } = parseTagged(name);
      const known = repositories[familiarName(repository)];
      repositories[familiarName(repository)] = { ...known, [tag]: hexOf(top.digest) };
    }
  }
  return repositories;
}

function indexOf(chosen: Chosen[]) {
  const manifests = chosen.flatMap(({ target, names }) => {
    return names.size === 0 ? [target] : [...names].map((name) => named(target, name));
  });
  return { schemaVersion: 2, mediaType: INDEX, manifests };
}

function named(target: Descriptor, name: string) {
  const reference = parseTagged(name);
  return {
    ...target,
    annotations: {
      'io.containerd.image.name': wholeName(reference),
      'org.opencontainers.image.ref.name': reference.tag ?? '',
    },
  };
}

/** Times are those of the beginning, so that saving twice gives the same bytes. */
const EPOCH = new Date(0);

function entry(archive: Pack, name: string, data?: string): Promise<void> {
  const type = data === undefined ? 'directory' : 'file';
  const mode = data === undefined ? 0o755 : 0o644;
  return new Promise((resolve, reject) => {
    archive.entry({ name, type, mode, mtime: EPOCH }, data ?? '', (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

function pipeBlob(archive: Pack, name: string, size: number, data: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = archive.entry({ name, size, mode: 0o644, mtime: EPOCH }, (error) =>
      error ? reject(error) : resolve(),
    );
    pipeline(data, sink as unknown as Writable).catch(reject);
  });
}
