/** What the image layer does for the rest of the engine: images by name or id, and root filesystems made of them. */
import type { Readable, Writable } from 'node:stream';
import type { Digest } from '../core/digest.ts';
import type { Mount } from '../core/mount.ts';
import type { Attestation } from './attestation.ts';
import type { CheckOptions, CheckReport } from './check/report.ts';
import type { ChosenImage } from './choose.ts';
import type { LayerReference, LayerRequest, NewImage, StoredLayer } from './commit.ts';
import type { DistributionInfo } from './distribution.ts';
import type { Image } from './image.ts';
import type { ImportOptions } from './import.ts';
import type { ListedManifest } from './listed-manifests.ts';
import type { LoadOptions } from './load.ts';
import type { Platform } from './oci.ts';
import type { PullOptions } from './pull-blobs.ts';
import type { PushOptions } from './push-blob.ts';
import type { RegistryAuth } from './registry/auth.ts';
import type { RegistryQuery } from './registry/client.ts';
import type { ImageUser, RemovedImage } from './remove.ts';
import type { SearchResult } from './search.ts';
import type { PrepareRequest, SnapshotRequest } from './snapshots/snapshots.ts';

export interface Images {
  /**
   * By name, `name:tag`, `name@digest`, id or unambiguous id prefix; with a platform, the variant for that. Throws
   * `not-found`: `No such image: x`.
   */
  get(reference: string, platform?: Platform): Image;
  find(reference: string): Image | undefined;
  /** Of several variants under one name, one. */
  list(): Image[];
  /** Those that came with the same index, for other platforms; itself among them. */
  variants(image: Image): Image[];
  /** What the index lists that the image came with, here or not; without an index its own manifest. */
  manifests(image: Image): ListedManifest[];
  /** What is attached to an image in its index. Throws `not-found` if there is no variant for the platform. */
  attestations(name: string, platform: Platform): Attestation[];
  /** Those that were committed or built from it. */
  children(image: Image): Image[];
  /** docker-archive or OCI layout, plain or packed with gzip, zstd, bzip2 or xz; streamed. Resolves to what was named or stored. */
  load(archive: Readable, options: LoadOptions): Promise<{ image: Image; names: string[] }[]>;
  /** By name and tag, or digest. What was fetched before it failed or was cancelled is kept and not fetched again. */
  pull(name: string, options: PullOptions): Promise<Image[]>;
  /** Blobs that the registry has are not sent again. Layers are compressed first, for good. */
  push(name: string, options: PushOptions): Promise<void>;
  /** What the registry has under a name; nothing is pulled. */
  inspectDistribution(name: string, options: RegistryQuery): Promise<DistributionInfo>;
  /** Throws `unauthorized` if the registry does not take them. Resolves to an identity token if it gives one. */
  checkLogin(auth: RegistryAuth): Promise<string | undefined>;
  search(term: string, limit: number, options: RegistryQuery): Promise<SearchResult[]>;
  /** A tarball of a root filesystem, compressed or not. */
  import(archive: Readable, options: ImportOptions): Promise<Image>;
  /**
   * What `save` shall write: all variants, or those for the platforms. A repository without a tag means all of its images.
   * Throws `not-found` for what is no image, or not there for a platform.
   */
  choose(references: string[], platforms?: readonly Platform[]): ChosenImage[];
  /** A docker-archive that is an OCI layout too, as `docker save` writes it. */
  save(chosen: ChosenImage[], out: Writable, signal?: AbortSignal): Promise<void>;
  /** The same of an image that is not stored; its layers are. */
  saveNew(image: NewImage, out: Writable, signal?: AbortSignal): Promise<void>;
  tag(image: Image, name: string): void;
  /** Untags, and deletes what nothing names any more. `users` are asked for before an image is deleted. */
  remove(
    reference: string,
    options: { force: boolean; prune: boolean; users: (id: Digest) => ImageUser[] },
  ): Promise<RemovedImage[]>;
  /** Deletes variants; the names stay unless the last one went. Throws `conflict` for one that containers stand on. */
  removeVariants(
    reference: string,
    platforms: readonly Platform[],
    options: { force: boolean; prune: boolean; users: (id: Digest) => ImageUser[] },
  ): Promise<RemovedImage[]>;

  addLayer(request: LayerRequest): Promise<StoredLayer>;
  /**
   * Keeps a layer, named with all below it, and its blob from garbage collection until the result is called.
   * Undefined if it is not stored.
   */
  hold(diffIds: readonly Digest[], blob: Digest): (() => void) | undefined;
  /**
   * Puts a layer that is stored on top of others than before, given bottom first, and keeps it from garbage collection
   * until the result is called. Its blob must be held by somebody.
   */
  placeLayer(below: readonly Digest[], layer: LayerReference): Promise<() => void>;
  /** An image's layers, as `create` takes them. */
  layersOf(image: Image): LayerReference[];
  /** Blobs that the layers name must be stored. Durable when this returns. */
  create(request: NewImage): Image;

  /** Where an image's unpacked layers lie, top first; for people to look at. */
  layerDirectories(image: Image): string[];
  /** Bytes of each unpacked layer, bottom first. */
  layerSizes(image: Image): number[];
  /** Bytes of those layers that other images stand on, too. */
  sharedSize(image: Image): number;

  /** Bytes that blobs, partial downloads and unpacked layers take on the disk, as du(1) counts them. */
  diskUsage(): Promise<number>;
  /** The same of one layer, named with all below it, and of its blob. */
  layerUsage(diffIds: readonly Digest[], blob: Digest): Promise<number>;
  /** Bytes that would be free if these images went. */
  reclaimable(images: readonly Image[]): number;
  /** Deletes what no image needs; images that were deleted by force go when `isUsed` says that nobody stands on them. */
  collectGarbage(isUsed: (id: Digest) => boolean): Promise<void>;
  /** The same after somebody is gone who may have been the last on an image that was deleted by force; else nothing. */
  release(isUsed: (id: Digest) => boolean): Promise<void>;

  /** Looks for orphans and damage: reads everything once. */
  check(options: CheckOptions): Promise<CheckReport>;

  /** Unpacks what is not yet unpacked and makes the container's writable layer. Undo: `removeSnapshot`. */
  prepareSnapshot(request: PrepareRequest): Promise<Mount[]>;
  /** The mounts of a snapshot that exists. Touches nothing. */
  snapshotMounts(request: SnapshotRequest): Mount[];
  /** An image as it is, read-only; unpacked first if it is not. */
  view(image: Image): Promise<Mount>;
  removeSnapshot(directory: string): Promise<void>;
  close(): Promise<void>;
}
