/** What the image layer gives to the rest of the engine: images by name or id, and root filesystems made of them. */
import type { Readable, Writable } from 'node:stream';
import type { Digest } from '../core/digest.ts';
import type { Mount } from '../core/mount.ts';

/** OCI image spec, "Content Descriptors". */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  annotations?: Record<string, string>;
  platform?: Platform;
  urls?: string[];
}

export interface Platform {
  architecture: string;
  os: string;
  variant?: string;
  'os.version'?: string;
  'os.features'?: string[];
}

/** OCI image spec, "Image Configuration", with Docker's additions (Healthcheck, OnBuild, Shell). */
export interface ImageConfig {
  created?: string;
  author?: string;
  architecture: string;
  os: string;
  variant?: string;
  config?: ImageRunConfig;
  rootfs: { type: 'layers'; diff_ids: Digest[] };
  history?: {
    created?: string;
    created_by?: string;
    author?: string;
    comment?: string;
    empty_layer?: boolean;
  }[];
}

export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  Volumes?: Record<string, object>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  StopTimeout?: number;
  Shell?: string[];
  OnBuild?: string[];
  Healthcheck?: {
    Test?: string[];
    Interval?: number;
    Timeout?: number;
    StartPeriod?: number;
    StartInterval?: number;
    Retries?: number;
  };
}

/** One image for one platform. */
export interface Image {
  /** Digest of the config document: Docker's image id. */
  id: Digest;
  /** The image whose container was committed; absent if it is gone. */
  parent?: Digest;
  manifest: Descriptor;
  config: ImageConfig;
  /** As the manifest lists them, bottom first; `config.rootfs.diff_ids` has what they unpack to. */
  layers: Descriptor[];
  /** Familiar names: `busybox:latest`, `localhost:5000/a/b:1`. Sorted. */
  tags: string[];
  /** `name@sha256:…`, for what was pulled or pushed. Sorted. */
  repoDigests: string[];
  /** Bytes of the unpacked layers. */
  size: number;
  /** Newest first tagged time, RFC 3339. */
  lastTagged?: string;
}

/** One line of a JSON progress stream, as Docker words it. */
export interface Progress {
  id?: string;
  status?: string;
  stream?: string;
  progressDetail?: { current?: number; total?: number };
  aux?: object;
}

export type ProgressListener = (progress: Progress) => void;

export interface RemovedImage {
  Untagged?: string;
  Deleted?: string;
}

/** A container that was made from an image. */
export interface ImageUser {
  id: string;
  running: boolean;
}

/** Where a container's own layer lives: `upper` and `work` are made below it. */
/** For `prepareSnapshot`. */
export interface PrepareRequest extends SnapshotRequest {
  /** For a container: with what every container finds in its root (snapshots/init-layer.ts). */
  initLayer?: boolean;
}

export interface SnapshotRequest {
  /** The container's directory. */
  directory: string;
  image: Image | undefined;
}

/** A layer to be made of what a container or a build step has written. */
export interface LayerRequest {
  /** Its `upper` becomes the layer. */
  directory: string;
  /** Diff ids of the layers that it stood on, bottom first. */
  below: readonly Digest[];
  /** `upper` is moved away and becomes the unpacked layer; else it stays, and the layer is a copy. */
  take: boolean;
  /** Later times are set to this one; nanoseconds since 1970. */
  maxTime?: bigint;
  /** Paths in `upper`, bytes in latin1 without leading slash, that are no part of the layer. Not with `take`. */
  leaveOut?: readonly string[];
}

/** A layer whose blob and files are stored, held against garbage collection until `release`. */
export interface StoredLayer {
  diffId: Digest;
  chainId: Digest;
  descriptor: Descriptor;
  /** Bytes of its files. */
  size: number;
  /** It changes nothing: an image needs no such layer. */
  isEmpty: boolean;
  release(): void;
}

/** A layer by what it unpacks to, and its blob. */
export interface LayerReference {
  diffId: Digest;
  descriptor: Descriptor;
}

export interface NewImage {
  /** `rootfs` is made of the layers. */
  config: Omit<ImageConfig, 'rootfs'>;
  /** Bottom first; `layersOf` for those of an image. */
  layers: readonly LayerReference[];
  /** As people write them. */
  names: readonly string[];
  parent?: Digest;
}

/** What a client hands over to log in with; Docker's AuthConfig. Never logged, never stored. */
export interface RegistryAuth {
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
  serveraddress?: string;
}

export interface PullOptions {
  progress: ProgressListener;
  /** The host's if absent. */
  platform?: Platform;
  allTags?: boolean;
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

export interface PushOptions {
  progress: ProgressListener;
  /** Only for this platform; images of others are refused. */
  platform?: Platform;
  /** Every tag of the repository. */
  allTags?: boolean;
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

export interface LoadOptions {
  progress: ProgressListener;
  /** Which one to take from an index; the host's if absent. */
  platform?: Platform;
  /** Nobody else holds the archive's buffers: their memory is given back as they are written. */
  spend?: boolean;
  signal?: AbortSignal;
}

export interface CheckOptions {
  repair: boolean;
  /** Whether a container stands on the image: then its layers are not touched. */
  isUsed: (id: Digest) => boolean;
  signal?: AbortSignal;
}

export interface Problem {
  /** `blob`, `image`, `layer`, `leftover`, `container`, `volume`, `network`, `bundle` */
  kind: string;
  name: string;
  problem: string;
  repaired?: boolean;
}

export interface CheckReport {
  checked: number;
  problems: Problem[];
}

export interface RegistryQuery {
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

export interface DistributionInfo {
  descriptor: Descriptor;
  platforms: Platform[];
}

export interface SearchResult {
  name: string;
  description: string;
  stars: number;
  official: boolean;
}

export interface ImportOptions {
  /** As people write them. */
  names: readonly string[];
  /** What the image's history says. */
  message?: string;
  config?: ImageRunConfig;
  platform?: Platform;
  signal?: AbortSignal;
}

/** An image to be saved. */
export interface ChosenImage {
  image: Image;
  /** Familiar names, with tags; those that the image keeps in the archive. */
  names: Set<string>;
}

export interface Images {
  /** By name, `name:tag`, `name@digest`, id or unambiguous id prefix. Throws `not-found`: `No such image: x`. */
  get(reference: string): Image;
  find(reference: string): Image | undefined;
  list(): Image[];
  /** Those that were committed from it. */
  children(image: Image): Image[];
  /** docker-archive or OCI layout, plain or packed with gzip, zstd, bzip2 or xz; streamed. Resolves to what was named or stored. */
  load(archive: Readable, options: LoadOptions): Promise<{ image: Image; names: string[] }[]>;
  /** By name and tag, or digest. What was fetched before it failed or was cancelled is kept and not fetched again. */
  pull(name: string, options: PullOptions): Promise<Image[]>;
  /** Blobs that the registry has are not sent again. Layers are compressed first, for good. */
  push(name: string, options: PushOptions): Promise<void>;
  /** What the registry has under a name; nothing is pulled. */
  inspectDistribution(name: string, options: RegistryQuery): Promise<DistributionInfo>;
  /** Throws `unauthorized` if the registry does not take them. */
  checkLogin(auth: RegistryAuth): Promise<void>;
  search(term: string, limit: number, options: RegistryQuery): Promise<SearchResult[]>;
  /** A tarball of a root filesystem, compressed or not. */
  import(archive: Readable, options: ImportOptions): Promise<Image>;
  /**
   * What `save` shall write. A repository without a tag means all of its images. Throws `not-found` for what is no image,
   * or one for another platform.
   */
  choose(references: string[], platform?: Platform): ChosenImage[];
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
  /** Bytes that would be free if these images went. */
  reclaimable(images: readonly Image[]): number;
  /** Deletes what no image needs; images that were deleted by force go when `isUsed` says that nobody stands on them. */
  collectGarbage(isUsed: (id: Digest) => boolean): Promise<void>;

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
