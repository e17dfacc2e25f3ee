/**
 * Opens the builder: its cache, its directories, its thread.
 *
 *   <root>/cache/    what steps brought, by what they depended on    (cache/store.ts)
 *   <root>/mounts/   directories of RUN --mount=type=cache           (cache/mounts.ts)
 *   <root>/trees/    root filesystems of steps that run; swept at start
 *   <root>/scratch/  contexts, and files fetched for ADD; swept at start
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { createUnpacker } from '../layer/unpack.ts';
import { type BuildServices, runBuild } from './build.ts';
import { CacheMounts } from './cache/mounts.ts';
import { type CacheUsage, cacheUsage, type Pruned, type PruneRequest, pruneCache } from './cache/prune.ts';
import { CacheStore } from './cache/store.ts';
import { openBuildFiles } from './files/files.ts';
import type { Found } from './files/find.ts';
import type { BuildImages, BuildRequest, BuildResult } from './request.ts';
import { sweepDirectory } from './tree.ts';

export interface BuilderOptions {
  /** `build/` below the data-root, on one file system with the layers. */
  root: string;
  /** On tmpfs: secrets lie there while a step sees them. */
  secretsDirectory: string;
  images: BuildImages;
}

export interface Builder {
  build(request: BuildRequest): Promise<BuildResult>;
  usage(): Promise<CacheUsage[]>;
  prune(request: PruneRequest): Promise<Pruned>;
  close(): Promise<void>;
}

export function openBuilder({ root, secretsDirectory, images }: BuilderOptions): Builder {
  const treesDirectory = join(root, 'trees');
  const scratchParent = join(root, 'scratch');
  for (const left of [treesDirectory, scratchParent, secretsDirectory]) sweepDirectory(left);
  const cache = new CacheStore(root, images);
  const mounts = new CacheMounts(root);
  const files = openBuildFiles();
  const unpacker = createUnpacker(Math.max(1, Math.floor(availableParallelism() / 2)));
  const remembered = rememberAnswers();
  const services: BuildServices = {
    images,
    cache,
    mounts,
    files,
    unpacker,
    treesDirectory,
    scratchParent,
    secretsDirectory,
    remembered,
  };
  const stores = { cache, mounts, root, images, liveLayers: () => liveLayers(images) };
  return {
    build: (request) => runBuild(services, request),
    usage: () => cacheUsage(stores),
    prune: (request) => pruneCache(stores, request),
    close: async () => {
      cache.close();
      await Promise.all([files.close(), unpacker.close()]);
    },
  };
}

function liveLayers(images: BuildImages): Set<Digest> {
  const every = images.list().flatMap((image) => images.variants(image));
  return new Set(every.flatMap(({ config }) => config.rootfs.diff_ids));
}

const ANSWERS = 256;

/** The last questions about images' files and their answers; failures are not kept. */
function rememberAnswers(): BuildServices['remembered'] {
  const answers = new Map<string, Found[]>();
  return async (question, answer) => {
    const known = answers.get(question);
    if (known) return known;
    const found = await answer();
    answers.set(question, found);
    const [oldest] = answers.keys();
    if (answers.size > ANSWERS && oldest !== undefined) answers.delete(oldest);
    return found;
  };
}
