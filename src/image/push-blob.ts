/** One blob on its way to a registry, unless it is there or can be taken over from another of its repositories. */

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Digest } from '../core/digest.ts';
import { internal, invalidArgument } from '../core/errors.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import type { Descriptor, Platform } from './oci.ts';
import type { ProgressListener } from './progress.ts';
import { everySoOften } from './progress.ts';
import { parseReference, type Reference } from './reference.ts';
import type { RegistryAuth } from './registry/auth.ts';
import { isRefused } from './registry/errors.ts';
import type { Repository } from './registry/repository.ts';
import type { Upload } from './registry/uploads.ts';

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
/** A registry may ask for larger pieces (OCI-Chunk-Min-Length); up to this size they are held in memory. */
const CHUNK_MAX = 4 * CHUNK;
/** How often it may be elsewhere than what it has answered would have it. */
const SETBACKS_MAX = 5;

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
  const begin = await beginUpload(push, blob.digest, from);
  if (begin === undefined) return tell(`Mounted from ${from}`);
  const pushing = everySoOften((current: number) => tell('Pushing', { current, total: blob.size }));
  await step('image.blob.upload', { digest: blob.digest, size: blob.size }, () =>
    upload(push, blob, begin, pushing),
  );
  tell('Pushing', { current: blob.size, total: blob.size });
  tell('Pushed');
}

/** Undefined: it was taken over `from` there. That this is refused is no reason not to send it. */
async function beginUpload(
  { repository, options: { signal } }: Push,
  digest: Digest,
  from: string | undefined,
): Promise<Upload | undefined> {
  try {
    return await repository.uploads.begin({ digest, from }, signal);
  } catch (error) {
    if (from === undefined || !isRefused(error)) throw error;
    return repository.uploads.begin({}, signal);
  }
}

/** In pieces from where the registry says that it is, the last one with the end. */
async function upload(
  { context, repository, options }: Push,
  { digest, size }: Descriptor,
  begin: Upload,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { signal } = options;
  const path = context.content.path(digest);
  const piece = Math.max(CHUNK, begin.least);
  // Such pieces are not held in memory; nor can they be sent again.
  if (piece > CHUNK_MAX && size > CHUNK_MAX)
    return repository.uploads.end(begin.location, digest, createReadStream(path), { size, signal });
  const file = await open(path);
  try {
    let at = { location: begin.location, offset: 0 };
    for (let setbacks = 0; ; ) {
      signal?.throwIfAborted();
      const chunk = await readAt(file, at.offset, Math.min(piece, size - at.offset));
      const end = at.offset + chunk.length;
      if (end === size) return await repository.uploads.end(at.location, digest, chunk, { ...at, signal });
      const next = await repository.uploads.send(at.location, chunk, at.offset, signal);
      if (next.offset !== end && ++setbacks > SETBACKS_MAX)
        throw invalidArgument(`the registry does not keep what is sent of ${digest}`);
      at = next;
      onBytes(at.offset);
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(chunk, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw internal('a blob is shorter than its image says');
    filled += bytesRead;
  }
  return chunk;
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
