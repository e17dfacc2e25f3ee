/**
 * Makes an image out of a config and layers that are on the disk: unpacks the layers that are new, checks that
 * everything is what it should be, then commits the blobs and names the image. Loading and importing end here.
 */
import type { Digest } from '../core/digest.ts';
import { sha256 } from '../core/digest.ts';
import { invalidArgument } from '../core/errors.ts';
import type { Staged } from './content-store.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';
import { parseConfig } from './manifest.ts';
import { CONFIG, MANIFEST } from './media-types.ts';
import type { Descriptor, ImageConfig } from './oci.ts';
import type { ProgressListener } from './progress.ts';

export interface LayerSource {
  mediaType: string;
  staged: Staged;
  /** What it was announced as. */
  digest?: Digest;
}

export interface StoredDocument {
  data: Buffer;
  descriptor: Descriptor;
}

/** A manifest that is none of an image, and what it names. */
export interface Attachment {
  manifest: StoredDocument;
  blobs: Staged[];
}

export interface ImageSource {
  config: Buffer;
  /** Bottom first. */
  layers: LayerSource[];
  /** As it came; absent: one is written. */
  manifest?: StoredDocument;
  /** Those that lead to the manifest, the innermost first: the names lead to the last. */
  indexes?: StoredDocument[];
  /** What stands beside the manifest and is about it. */
  attached?: Attachment[];
  /** Whole names it gets. */
  names: string[];
  parent?: Digest;
}

export async function addImage(
  context: ImageContext,
  source: ImageSource,
  { progress, signal }: { progress: ProgressListener; signal?: AbortSignal },
): Promise<Image> {
  const config = parseConfig(source.config, source.layers.length);
  checkDigests(source);
  const lease = context.content.leases.lease();
  const layerLease = context.layers.leases.lease();
  try {
    for (const chainId of chainIds(config.rootfs.diff_ids)) layerLease.hold(chainId);
    // While the layers are unpacked, the disk takes their archives.
    for (const { staged } of source.layers) void staged.flush();
    await unpackLayers(context, source.layers, config, progress, signal);
    for (const { staged } of source.layers) {
      lease.hold(staged.digest);
      await staged.commit();
    }
    const { digest, size } = context.content.put(source.config);
    lease.hold(digest);
    for (const { blobs } of source.attached ?? []) {
      for (const staged of blobs) {
        lease.hold(staged.digest);
        await staged.commit();
      }
    }
    const manifest = putManifest(context, source, { mediaType: CONFIG, digest, size });
    const documents = [...(source.attached ?? []).map((one) => one.manifest), ...(source.indexes ?? [])];
    for (const { data } of documents) lease.hold(context.content.put(data).digest);
    const target = source.indexes?.at(-1)?.descriptor ?? manifest;
    const image = context.images.add(target, source.names, source.parent);
    return context.images.byManifest(manifest.digest) ?? image;
  } finally {
    lease.release();
    layerLease.release();
  }
}

function checkDigests({ config, layers, manifest, indexes = [], attached = [] }: ImageSource): void {
  for (const { data, descriptor } of [...indexes, ...attached.map((one) => one.manifest)]) {
    if (sha256(data) !== descriptor.digest) throw wrongDigest(descriptor.digest, sha256(data));
  }
  for (const { staged, digest } of layers) {
    if (digest !== undefined && staged.digest !== digest) throw wrongDigest(digest, staged.digest);
  }
  if (!manifest) return;
  const found = sha256(manifest.data);
  if (found !== manifest.descriptor.digest) throw wrongDigest(manifest.descriptor.digest, found);
  const stated = (JSON.parse(manifest.data.toString()) as { config: Descriptor }).config.digest;
  if (sha256(config) !== stated) throw wrongDigest(stated, sha256(config));
}

async function unpackLayers(
  { content, layers }: ImageContext,
  sources: LayerSource[],
  config: ImageConfig,
  progress: ProgressListener,
  signal?: AbortSignal,
): Promise<void> {
  const diffIds = config.rootfs.diff_ids;
  const chain = chainIds(diffIds);
  const unpack = async ({ staged }: LayerSource, i: number) => {
    const [chainId, diffId] = [chain[i], diffIds[i]];
    if (!chainId || !diffId || layers.get(chainId)) return;
    const [id, total] = [diffId.slice(7, 19), staged.size];
    const onRead = (current: number) =>
      progress({ id, status: 'Loading layer', progressDetail: { current, total } });
    // Another image of the same archive may have brought it into the store already.
    const blob = content.has(staged.digest) ? content.path(staged.digest) : staged.path;
    await layers.ensure({ chainId, diffId, parent: chain[i - 1], blob, onRead, signal });
    onRead(total);
  };
  await all(sources.map(unpack));
}

/** As Promise.all, but it waits for every one before it throws: nobody may still be using the files then. */
async function all(tasks: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

function putManifest({ content }: ImageContext, source: ImageSource, config: Descriptor): Descriptor {
  if (source.manifest) {
    content.put(source.manifest.data);
    return source.manifest.descriptor;
  }
  const layers = source.layers.map(({ mediaType, staged: { digest, size } }) => ({
    mediaType,
    digest,
    size,
  }));
  const { digest, size } = content.put(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers }),
  );
  return { mediaType: MANIFEST, digest, size };
}

function wrongDigest(expected: Digest, found: Digest) {
  return invalidArgument(`invalid archive: expected ${expected}, but the bytes are ${found}`);
}
