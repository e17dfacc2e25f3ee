/** The blobs of a pull: config, layers, attestations; layers are unpacked while later ones still come. */

import type { Digest } from '../core/digest.ts';
import { invalidArgument, messageOf } from '../core/errors.ts';
import { DOCUMENT_MAX } from './content-store.ts';
import type { ImageContext } from './context.ts';
import { EarlyLayer } from './early-layer.ts';
import { chainIds, type LayerIdentity } from './layer-record.ts';
import { blobsIn, type Manifest } from './manifest.ts';
import type { Descriptor, ImageConfig, Platform } from './oci.ts';
import type { ProgressListener } from './progress.ts';
import { everySoOften } from './progress.ts';
import type { RegistryAuth } from './registry/auth.ts';
import type { OnBytes } from './registry/downloads.ts';
import type { Repository } from './registry/repository.ts';

export interface PullOptions {
  progress: ProgressListener;
  /** The host's if absent. */
  platform?: Platform;
  allTags?: boolean;
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

export interface Pull {
  context: ImageContext;
  repository: Repository;
  options: PullOptions;
}

type Hold = (digest: Digest) => void;

/** One that an index lists, unless it is here. */
export async function fetchManifest(
  { context: { content }, repository, options: { signal } }: Pull,
  digest: Digest,
): Promise<Buffer> {
  return content.has(digest) ? content.read(digest) : (await repository.manifest(digest, signal)).data;
}

/** An image is as good without what is said about it: what cannot be had is left. */
export async function fetchAttestation(pull: Pull, { digest }: Descriptor, hold: Hold): Promise<void> {
  const { content } = pull.context;
  try {
    const data = await fetchManifest(pull, digest);
    for (const blob of blobsIn(data)) {
      hold(blob.digest);
      if (blob.size > DOCUMENT_MAX) throw invalidArgument(`the statement ${blob.digest} is too large`);
      if (!content.has(blob.digest)) await download(pull, blob, () => {});
    }
    hold(digest);
    content.put(data);
  } catch (error) {
    if (pull.options.signal?.aborted) throw error;
    pull.context.logger.warn(`the attestation ${digest} is left out: ${messageOf(error)}`);
  }
}

export async function fetchConfig(pull: Pull, config: Descriptor, hold: Hold): Promise<Buffer> {
  const { content } = pull.context;
  hold(config.digest);
  if (config.size > DOCUMENT_MAX) throw invalidArgument(`the image config ${config.digest} is too large`);
  if (content.has(config.digest)) return content.read(config.digest);
  await download(pull, config, () => {});
  return content.read(config.digest);
}

/** Of an image that is there already, nothing is said. */
export function quietIfThere(pull: Pull, { config, layers }: Manifest): Pull {
  const { content, images } = pull.context;
  const isThere = images.byId(config.digest) && layers.every(({ digest }) => content.has(digest));
  return isThere ? { ...pull, options: { ...pull.options, progress: () => {} } } : pull;
}

export async function fetchLayers(
  pull: Pull,
  layers: Descriptor[],
  config: ImageConfig,
  hold: Hold,
): Promise<void> {
  const failed = new AbortController();
  const { signal } = pull.options;
  const options = { ...pull.options, signal: AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]) };
  const chain = chainIds(config.rootfs.diff_ids);
  const tasks = layers.map((layer, i) => {
    hold(layer.digest);
    const [chainId, diffId] = [chain[i], config.rootfs.diff_ids[i]];
    if (!chainId || !diffId) throw invalidArgument('invalid image config: rootfs.diff_ids');
    return fetchLayer({ ...pull, options }, layer, { chainId, diffId, parent: chain[i - 1] });
  });
  try {
    await Promise.all(tasks);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(tasks);
    throw error;
  }
}

async function fetchLayer(pull: Pull, layer: Descriptor, identity: LayerIdentity): Promise<void> {
  const { content, layers } = pull.context;
  const { progress, signal } = pull.options;
  const id = layer.digest.slice(7, 19);
  if (content.has(layer.digest)) {
    await layers.ensure({ ...identity, blob: content.path(layer.digest), signal });
    return progress({ status: 'Already exists', progressDetail: {}, id });
  }
  progress({ status: 'Pulling fs layer', progressDetail: {}, id });
  const early = new EarlyLayer(layers, { whole: false, signal });
  const show = transferring(progress, id, 'Downloading', layer.size);
  try {
    const onBytes = (bytes: number, path: string) => {
      early.grow(bytes, path);
      show(bytes);
    };
    const onWait = () => progress({ status: 'Waiting', progressDetail: {}, id });
    await download(pull, layer, onBytes, onWait);
    progress({ status: 'Verifying Checksum', progressDetail: {}, id });
    progress({ status: 'Download complete', progressDetail: {}, id });
    const onRead = transferring(progress, id, 'Extracting', layer.size);
    const loose = await early.take(onRead);
    if (loose) await layers.place(loose, identity);
    else await layers.ensure({ ...identity, blob: content.path(layer.digest), onRead, signal });
    progress({ status: 'Extracting', progressDetail: { current: layer.size, total: layer.size }, id });
    progress({ status: 'Pull complete', progressDetail: {}, id });
  } finally {
    await early.close();
  }
}

function download(
  { context, repository, options }: Pull,
  blob: Descriptor,
  onBytes: OnBytes,
  onWait?: () => void,
): Promise<void> {
  const open = (offset: number, signal: AbortSignal) => repository.blob(blob.digest, offset, signal);
  return context.downloads.fetch({ blob, open, onBytes, onWait, signal: options.signal });
}

function transferring(
  progress: ProgressListener,
  id: string,
  status: string,
  total: number,
): (current: number) => void {
  return everySoOften((current: number) => progress({ status, progressDetail: { current, total }, id }));
}
