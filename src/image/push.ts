/** Pushes images: blobs that the registry lacks, then the manifest. Docker's progress lines. */

import { createReadStream } from 'node:fs';
import type { Digest } from '../core/digest.ts';
import { EngineError, notFound } from '../core/errors.ts';
import { Limit } from '../core/limit.ts';
import { step } from '../core/step.ts';
import { compressImage } from './compress-image.ts';
import type { ImageContext } from './context.ts';
import { collectGarbage } from './garbage.ts';
import type { Image } from './image.ts';
import type { Manifest } from './manifest.ts';
import type { Descriptor, Platform } from './oci.ts';
import { otherPlatform, suits } from './platform.ts';
import type { ProgressListener } from './progress.ts';
import { everySoOften } from './progress.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryOf,
  wholeName,
} from './reference.ts';
import type { RegistryAuth } from './registry/auth.ts';
import { RegistryClient } from './registry/client.ts';
import { RegistryError } from './registry/errors.ts';
import { Repository } from './registry/repository.ts';

export interface PushOptions {
  progress: ProgressListener;
  /** Only for this platform; images of others are refused. */
  platform?: Platform;
  /** Every tag of the repository. */
  allTags?: boolean;
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

/** A blob up to this size goes in one request; larger ones in pieces, so that a cut line costs one piece. */
const CHUNK = 8 * 1024 * 1024;
/** Uploads at a time, as dockerd's. */
const PARALLEL = 5;

interface Push {
  context: ImageContext;
  repository: Repository;
  reference: Reference;
  options: PushOptions;
}

/** Without a tag in `name`: the tag `latest`, or every tag of the repository if all were asked for. */
export function pushImages(context: ImageContext, name: string, options: PushOptions): Promise<void> {
  return step('image.push', { name }, async () => {
    const reference = parseReference(name);
    options.progress({ status: `The push refers to repository [${repositoryOf(reference)}]` });
    const tagged = taggedImages(context, reference, options.allTags ?? false);
    const { domain, path } = reference;
    const client = new RegistryClient({ domain, registry: context.registry, auth: options.auth });
    const push = { context, reference, options, repository: new Repository(client, path, 'pull,push') };
    try {
      // A push rewrites an image's manifest: the next tag of the same image has another one.
      for (const { tag, image } of tagged) await pushOne(push, tag, context.images.byId(image.id) ?? image);
    } catch (error) {
      throw options.signal?.aborted
        ? new EngineError('cancelled', 'context canceled', { cause: error })
        : pushError(error);
    } finally {
      await client.close();
    }
  });
}

function taggedImages(
  { images }: ImageContext,
  reference: Reference,
  all: boolean,
): { tag: string; image: Image }[] {
  const repository = familiarRepository(reference);
  const names = all
    ? images
        .list()
        .flatMap(({ tags }) => tags.filter((tag) => familiarRepository(parseReference(tag)) === repository))
    : [familiarName({ ...reference, tag: reference.tag ?? 'latest', digest: undefined })];
  const found = names.flatMap((name) => {
    const { tag = 'latest', ...bare } = parseReference(name);
    const image = images.byName(wholeName({ ...bare, tag }));
    return image ? [{ tag, image }] : [];
  });
  if (found.length > 0) return found;
  throw notFound(`An image does not exist locally with the tag: ${repository}`);
}

async function pushOne(push: Push, tag: string, image: Image): Promise<void> {
  const { context, repository, options } = push;
  if (options.platform && !suits(image.config, options.platform)) {
    throw otherPlatform(familiarName({ ...push.reference, tag }), image.config, options.platform);
  }
  const lease = context.content.leases.lease();
  try {
    for (const digest of [image.id, image.manifest.digest, ...image.layers.map((layer) => layer.digest)])
      lease.hold(digest);
    const descriptor = await compressImage(context, image, lease);
    const data = context.content.read(descriptor.digest);
    const { layers, config } = JSON.parse(data.toString()) as Manifest;
    const limit = new Limit(PARALLEL);
    await Promise.all(
      layers.map((layer, i) => {
        const id = image.config.rootfs.diff_ids[i]?.slice(7, 19) ?? layer.digest.slice(7, 19);
        options.progress({ status: 'Preparing', progressDetail: {}, id });
        return limit.run(() => pushBlob(push, layer, id));
      }),
    );
    await pushBlob(push, config);
    await repository.putManifest(tag, data, descriptor.mediaType, options.signal);
    finish(push, tag, descriptor);
  } finally {
    lease.release();
  }
  await collectGarbage(context, []);
}

function finish({ context, reference, options }: Push, tag: string, { digest, size }: Descriptor): void {
  const { domain, path } = reference;
  const image = context.images.byManifest(digest);
  if (image) context.images.setName(image, wholeName({ domain, path, digest }));
  options.progress({ status: `${tag}: digest: ${digest} size: ${size}` });
  options.progress({ aux: { Tag: tag, Digest: digest, Size: size } });
}

/** `id`: what to call it in the progress; a config is not shown. */
async function pushBlob(push: Push, blob: Descriptor, id?: string): Promise<void> {
  const { repository, options } = push;
  const tell = (status: string, progressDetail = {}) => {
    if (id !== undefined) options.progress({ status, progressDetail, id });
  };
  if (await repository.hasBlob(blob.digest, options.signal)) return tell('Layer already exists');
  const from = otherRepository(push, blob.digest);
  const location = await repository.beginUpload({ digest: blob.digest, from }, options.signal);
  if (location === undefined) return tell(`Mounted from ${from}`);
  const pushing = everySoOften((current: number) => tell('Pushing', { current, total: blob.size }));
  await step('image.blob.upload', { digest: blob.digest, size: blob.size }, () =>
    upload(push, blob, location, pushing),
  );
  tell('Pushing', { current: blob.size, total: blob.size });
  tell('Pushed');
}

async function upload(
  { context, repository, options }: Push,
  { digest, size }: Descriptor,
  begin: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { signal } = options;
  let location = begin;
  let offset = 0;
  for await (const chunk of chunksOf(context.content.path(digest))) {
    signal?.throwIfAborted();
    if (offset + chunk.length === size) return repository.endUpload(location, digest, chunk, signal);
    location = await repository.sendChunk(location, chunk, offset, signal);
    offset += chunk.length;
    onBytes(offset);
  }
  await repository.endUpload(location, digest, Buffer.alloc(0), signal);
}

/** Pieces of CHUNK bytes, the last one shorter. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    pieces.push(piece);
    size += piece.length;
    if (size < CHUNK) continue;
    yield Buffer.concat(pieces, size);
    pieces = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pieces, size);
}

/** Another repository of the same registry that, as far as we know, has the blob. */
function otherRepository({ context, reference }: Push, digest: Digest): string | undefined {
  for (const image of context.images.list()) {
    if (!image.layers.some((layer) => layer.digest === digest)) continue;
    const known = image.repoDigests.map(parseReference);
    const other = known.find(({ domain, path }) => domain === reference.domain && path !== reference.path);
    if (other) return other.path;
  }
  return undefined;
}

function pushError(error: unknown): unknown {
  if (!(error instanceof RegistryError) || error.code !== 'DENIED') return error;
  return new EngineError('forbidden', `denied: requested access to the resource is denied`, { cause: error });
}
