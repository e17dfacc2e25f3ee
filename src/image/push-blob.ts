/** One blob on its way to a registry, unless it is there or can be taken over from another of its repositories. */

import { createReadStream } from 'node:fs';
import type { Digest } from '../core/digest.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import type { Descriptor, Platform } from './oci.ts';
import type { ProgressListener } from './progress.ts';
import { everySoOften } from './progress.ts';
import { parseReference, type Reference } from './reference.ts';
import type { RegistryAuth } from './registry/auth.ts';
import type { Repository } from './registry/repository.ts';

export interface PushOptions {
  progress: ProgressListener;
  /** Only for this platform; without it, the whole index if all of it is here. */
  platform?: Platform;
  /** Every tag of the repository. */
  allTags?: boolean;
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

/** A blob up to this size goes in one request; larger ones in pieces, so that a cut line costs one piece. */
const CHUNK = 8 * 1024 * 1024;

export interface Push {
  context: ImageContext;
  repository: Repository;
  reference: Reference;
  options: PushOptions;
}

/** `id`: what to call it in the progress; a config is not shown. */
export async function pushBlob(push: Push, blob: Descriptor, id?: string): Promise<void> {
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
  for (const image of context.images.listShown()) {
    if (!image.layers.some((layer) => layer.digest === digest)) continue;
    const known = image.repoDigests.map(parseReference);
    const other = known.find(({ domain, path }) => domain === reference.domain && path !== reference.path);
    if (other) return other.path;
  }
  return undefined;
}
