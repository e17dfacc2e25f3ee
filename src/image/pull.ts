/** Pulls images: manifest, config, layers; layers are unpacked while later ones still come. Docker's progress lines. */

import type { Digest } from '../core/digest.ts';
import { EngineError, invalidArgument, notFound } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { DOCUMENT_MAX } from './content-store.ts';
import type { ImageContext } from './context.ts';
import { EarlyLayer } from './early-layer.ts';
import type { Image } from './image.ts';
import { chainIds, type LayerIdentity } from './layer-record.ts';
import { choosePlatform, type Manifest, parseConfig, parseDocument } from './manifest.ts';
import type { Descriptor, ImageConfig, Platform } from './oci.ts';
import { hostPlatform, otherPlatform, suits } from './platform.ts';
import type { ProgressListener } from './progress.ts';
import { everySoOften } from './progress.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  wholeName,
  withDefaultTag,
} from './reference.ts';
import type { RegistryAuth } from './registry/auth.ts';
import { RegistryClient } from './registry/client.ts';
import type { OnBytes } from './registry/downloads.ts';
import { RegistryError } from './registry/errors.ts';
import { type FetchedManifest, Repository } from './registry/repository.ts';

export interface PullOptions {
  progress: ProgressListener;
  /** The host's if absent. */
  platform?: Platform;
  allTags?: boolean;
  auth?: RegistryAuth;
  signal?: AbortSignal;
}

interface Pull {
  context: ImageContext;
  repository: Repository;
  options: PullOptions;
}

/** `name` as a person writes it. Resolves to the images, one unless all tags were asked for. */
export function pullImages(context: ImageContext, name: string, options: PullOptions): Promise<Image[]> {
  return step('image.pull', { name }, async () => {
    const reference = parseReference(name);
    if (familiarRepository(reference) === 'scratch') throw reservedName('scratch');
    const { registry } = context;
    const client = new RegistryClient({ domain: reference.domain, registry, auth: options.auth });
    const pull = { context, options, repository: new Repository(client, reference.path, 'pull') };
    try {
      const wanted = options.allTags ? await allTags(pull, reference) : [withDefaultTag(reference)];
      const pulled: Pulled[] = [];
      for (const one of wanted) pulled.push(await pullOne(pull, one));
      tellStatus(pull, reference, pulled);
      return pulled.map(({ image }) => image);
    } catch (error) {
      throw options.signal?.aborted
        ? new EngineError('cancelled', 'context canceled', { cause: error })
        : error;
    } finally {
      await client.close();
    }
  });
}

async function allTags({ repository, options }: Pull, reference: Reference): Promise<Reference[]> {
  const tags = await repository.tags(options.signal).catch((error) => {
    throw pullError(error, reference);
  });
  return tags.sort().map((tag) => ({ ...reference, tag, digest: undefined }));
}

interface Pulled {
  image: Image;
  /** The name belonged to another image before, or to none. */
  isNew: boolean;
}

async function pullOne(pull: Pull, reference: Reference): Promise<Pulled> {
  const { context, options, repository } = pull;
  const { progress, signal } = options;
  const version = reference.digest ?? reference.tag ?? 'latest';
  const top = await repository.manifest(version, signal).catch((error) => {
    throw pullError(error, reference);
  });
  progress({ status: `Pulling from ${reference.path}`, id: version });
  const before = context.images.byName(wholeName(reference));
  const image = await fetchImage(pull, reference, top);
  progress({ status: `Digest: ${top.descriptor.digest}` });
  return { image, isNew: before?.id !== image.id };
}

/** Once, for however many tags. */
function tellStatus({ options }: Pull, reference: Reference, pulled: Pulled[]): void {
  const { progress, platform, allTags } = options;
  const name = allTags ? familiarRepository(reference) : familiarName(withDefaultTag(reference));
  const isNew = pulled.some((one) => one.isNew);
  progress({ status: `Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${name}` });
  const other = platform && pulled.find(({ image }) => !suits(image.config, platform));
  if (other) progress({ status: `WARNING: ${otherPlatform(name, other.image.config, platform).message}` });
}

async function fetchImage(pull: Pull, reference: Reference, top: FetchedManifest): Promise<Image> {
  const { context } = pull;
  const blobs = context.content.leases.lease();
  const layers = context.layers.leases.lease();
  try {
    const { manifest, fetched } = await platformManifest(pull, reference, top);
    const config = await fetchConfig(pull, manifest.config, blobs.hold);
    const parsed = parseConfig(config, manifest.layers.length);
    for (const chainId of chainIds(parsed.rootfs.diff_ids)) layers.hold(chainId);
    await fetchLayers(quietIfThere(pull, manifest), manifest.layers, parsed, blobs.hold);
    context.content.put(config);
    blobs.hold(context.content.put(fetched.data).digest);
    const repository = { domain: reference.domain, path: reference.path };
    const known = wholeName({ ...repository, digest: top.descriptor.digest });
    const tag = reference.digest === undefined ? [wholeName(reference)] : [];
    return context.images.add(fetched.descriptor, [...tag, known]);
  } finally {
    blobs.release();
    layers.release();
  }
}

/** Through an index, if it is one, to the manifest for the platform. */
async function platformManifest(
  { repository, options }: Pull,
  reference: Reference,
  top: FetchedManifest,
): Promise<{ manifest: Manifest; fetched: FetchedManifest }> {
  const platform = options.platform ?? hostPlatform();
  let fetched = top;
  for (let depth = 0; depth < 3; depth++) {
    const document = parseDocument(fetched.data, fetched.descriptor.mediaType);
    if (document.kind === 'manifest') return { manifest: document.manifest, fetched };
    const chosen = choosePlatform(document.manifests, platform, familiarName(reference));
    const { data } = await repository.manifest(chosen.digest, options.signal);
    fetched = { data, descriptor: { mediaType: chosen.mediaType, digest: chosen.digest, size: data.length } };
  }
  throw invalidArgument('indexes are nested too deeply');
}

type Hold = (digest: Digest) => void;

async function fetchConfig(pull: Pull, config: Descriptor, hold: Hold): Promise<Buffer> {
  const { content } = pull.context;
  hold(config.digest);
  if (config.size > DOCUMENT_MAX) throw invalidArgument(`the image config ${config.digest} is too large`);
  if (content.has(config.digest)) return content.read(config.digest);
  await download(pull, config, () => {});
  return content.read(config.digest);
}

/** Of an image that is there already, nothing is said. */
function quietIfThere(pull: Pull, { config, layers }: Manifest): Pull {
  const { content, images } = pull.context;
  const isThere = images.byId(config.digest) && layers.every(({ digest }) => content.has(digest));
  return isThere ? { ...pull, options: { ...pull.options, progress: () => {} } } : pull;
}

async function fetchLayers(pull: Pull, layers: Descriptor[], config: ImageConfig, hold: Hold): Promise<void> {
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

/** What a Dockerfile begins from when it begins from nothing. */
function reservedName(name: string) {
  return new EngineError('forbidden', `'${name}' is a reserved name`);
}

/** Docker's words for the refusals that people meet. */
function pullError(error: unknown, reference: Reference): unknown {
  if (!(error instanceof RegistryError)) return error;
  const name = familiarName(reference);
  const denied = error.code === 'DENIED' || (error.status === 401 && error.code === 'UNAUTHORIZED');
  if (denied) {
    const repository = familiarRepository(reference);
    return notFound(
      `pull access denied for ${repository}, repository does not exist or may require 'docker login': ${error.first}`,
      error,
    );
  }
  if (error.code === 'NAME_UNKNOWN')
    return notFound(`repository ${familiarRepository(reference)} not found: ${error.first}`, error);
  if (error.code !== 'MANIFEST_UNKNOWN') return error;
  return notFound(`manifest for ${name} not found: ${error.first}`, error);
}
