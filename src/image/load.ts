/**
 * Loads images from a tarball: what `docker save`, `podman save` or `skopeo copy` write. The archive is read once, as
 * it comes; every file in it is staged on disk under its digest, and the parts that images need are then kept.
 */
import type { Readable } from 'node:stream';
import { sha256 } from '../core/digest.ts';
import { invalidArgument } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { addImage, type ImageSource } from './add-image.ts';
import { dockerArchiveImages } from './archive/docker-archive.ts';
import { type ArchiveFiles, stageArchive } from './archive/files.ts';
import { hasImageIndex, ociLayoutImages } from './archive/oci-layout.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import type { Platform } from './oci.ts';
import type { ProgressListener } from './progress.ts';
import { familiarName, parseReference } from './reference.ts';

export interface LoadOptions {
  progress: ProgressListener;
  /** Which to take, and not others; all that are there if absent. */
  platforms?: readonly Platform[];
  /** Nobody else holds the archive's buffers: their memory is given back as they are written. */
  spend?: boolean;
  signal?: AbortSignal;
}

export type Loaded = { image: Image; names: string[] };

/** Throws `invalid-argument` for what is no image archive; then nothing of it stays. */
export async function loadImages(
  context: ImageContext,
  archive: Readable,
  options: LoadOptions,
): Promise<Loaded[]> {
  const { signal } = options;
  const own = options.spend ? new WeakSet<ArrayBufferLike>() : undefined;
  const files = await step('image.archive.stage', {}, () =>
    stageArchive(context.content, archive, { own, signal }),
  );
  try {
    const found = await imagesIn(files, options.platforms);
    const loaded: Loaded[] = [];
    announceMoves(context, found, options.progress);
    for (const source of found) {
      const image = await addImage(context, source, options);
      loaded.push({ image, names: source.names.map((name) => familiarName(parseReference(name))) });
    }
    announce(loaded, options.progress);
    return loaded;
  } finally {
    await files.discard();
  }
}

/** `docker save` writes both: what came with an index is only in the OCI way of reading. */
async function imagesIn(files: ArchiveFiles, platforms?: readonly Platform[]) {
  if (files.has('index.json') && (!files.has('manifest.json') || (await hasImageIndex(files))))
    return ociLayoutImages(files, platforms);
  if (files.has('manifest.json')) return dockerArchiveImages(files, platforms);
  throw invalidArgument('invalid archive: does not contain a manifest.json or an index.json');
}

/** In Docker's words, although an image with several names keeps the others. */
function announceMoves({ images }: ImageContext, sources: ImageSource[], progress: ProgressListener): void {
  const ids = sources.map(({ config }) => sha256(config));
  for (const name of new Set(sources.flatMap(({ names }) => names))) {
    const before = images.byName(name);
    if (!before || ids.includes(before.id)) continue;
    const stream = `The image ${familiarName(parseReference(name))} already exists, renaming the old one with ID ${before.id} to empty string\n`;
    progress({ stream });
  }
}

/** Each name once, however many platforms there are of it. */
function announce(loaded: Loaded[], progress: ProgressListener): void {
  const lines = loaded.flatMap(({ image, names }) =>
    names.length > 0 ? names.map((name) => `Loaded image: ${name}\n`) : [`Loaded image ID: ${image.id}\n`],
  );
  for (const stream of new Set(lines)) progress({ stream });
}
