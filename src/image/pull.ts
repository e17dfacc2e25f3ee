/** Pulls images: through an index, if there is one, to the manifest for the platform, and all that it names. */

import { EngineError, invalidArgument, notFound } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { attests } from './attestation.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';
import { choosePlatform, type Manifest, parseConfig, parseDocument } from './manifest.ts';
import type { Descriptor } from './oci.ts';
import { hostPlatform, otherPlatform, suits } from './platform.ts';
import {
  fetchAttestation,
  fetchConfig,
  fetchLayers,
  fetchManifest,
  type Pull,
  type PullOptions,
  quietIfThere,
} from './pull-blobs.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  wholeName,
  withDefaultTag,
} from './reference.ts';
import { RegistryClient } from './registry/client.ts';
import { RegistryError } from './registry/errors.ts';
import { type FetchedManifest, Repository } from './registry/repository.ts';

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
  const { context, options } = pull;
  const { progress } = options;
  const version = reference.digest ?? reference.tag ?? 'latest';
  const before = context.images.byName(wholeName(reference));
  const top = await topManifest(pull, version, before?.target).catch((error) => {
    throw pullError(error, reference);
  });
  progress({ status: `Pulling from ${reference.path}`, id: version });
  const known = before ? context.images.variants(before) : [];
  const image = await fetchImage(pull, reference, top);
  progress({ status: `Digest: ${top.descriptor.digest}` });
  return { image, isNew: !known.some(({ id }) => id === image.id) };
}

/** If a name still leads where it did, that is all that is asked: registries that count pulls do not count this. */
async function topManifest(
  { context: { content }, repository, options: { signal } }: Pull,
  version: string,
  known: Descriptor | undefined,
): Promise<FetchedManifest> {
  const isSame = known && (await repository.manifestDigest(version, signal)) === known.digest;
  if (isSame && content.has(known.digest)) return { descriptor: known, data: content.read(known.digest) };
  return repository.manifest(version, signal);
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
    const { manifest, fetched, indexes, attached } = await platformManifest(pull, reference, top);
    const config = await fetchConfig(pull, manifest.config, blobs.hold);
    const parsed = parseConfig(config, manifest.layers.length);
    for (const chainId of chainIds(parsed.rootfs.diff_ids)) layers.hold(chainId);
    await fetchLayers(quietIfThere(pull, manifest), manifest.layers, parsed, blobs.hold);
    for (const one of attached) await fetchAttestation(pull, one, blobs.hold);
    context.content.put(config);
    // What leads to others comes after them.
    for (const { data } of [fetched, ...indexes]) blobs.hold(context.content.put(data).digest);
    const repository = { domain: reference.domain, path: reference.path };
    const known = wholeName({ ...repository, digest: top.descriptor.digest });
    const tag = reference.digest === undefined ? [wholeName(reference)] : [];
    const image = context.images.add(top.descriptor, [...tag, known]);
    return context.images.byManifest(fetched.descriptor.digest) ?? image;
  } finally {
    blobs.release();
    layers.release();
  }
}

interface PlatformManifest {
  manifest: Manifest;
  fetched: FetchedManifest;
  /** Those that lead to it, the innermost first. */
  indexes: FetchedManifest[];
  /** What stands beside it and is about it. */
  attached: Descriptor[];
}

/** Through an index, if it is one, to the manifest for the platform. */
async function platformManifest(
  pull: Pull,
  reference: Reference,
  top: FetchedManifest,
): Promise<PlatformManifest> {
  const platform = pull.options.platform ?? hostPlatform();
  const indexes: FetchedManifest[] = [];
  let [fetched, attached]: [FetchedManifest, Descriptor[]] = [top, []];
  for (let depth = 0; depth < 3; depth++) {
    const document = parseDocument(fetched.data, fetched.descriptor.mediaType);
    if (document.kind === 'manifest') return { manifest: document.manifest, fetched, indexes, attached };
    const chosen = choosePlatform(document.manifests, platform, familiarName(reference));
    attached = document.manifests.filter((one) => attests(one) === chosen.digest);
    indexes.unshift(fetched);
    const data = await fetchManifest(pull, chosen.digest);
    fetched = { data, descriptor: { mediaType: chosen.mediaType, digest: chosen.digest, size: data.length } };
  }
  throw invalidArgument('indexes are nested too deeply');
}

/** What a Dockerfile begins from when it begins from nothing. */
function reservedName(name: string) {
  return new EngineError('forbidden', `'${name}' is a reserved name`);
}

/** Docker's words for the refusals that people meet; all others are the registry's fault to it. */
function pullError(error: unknown, reference: Reference): unknown {
  if (!(error instanceof EngineError)) return error;
  if (!(error instanceof RegistryError)) return isRefusal(error) ? registryFault(error) : error;
  const name = familiarName(reference);
  if (error.code === 'DENIED') {
    const repository = familiarRepository(reference);
    return notFound(
      `pull access denied for ${repository}, repository does not exist or may require 'docker login': ${error.first}`,
      error,
    );
  }
  if (error.code === 'NAME_UNKNOWN')
    return notFound(`repository ${familiarRepository(reference)} not found: ${error.first}`, error);
  if (error.code !== 'MANIFEST_UNKNOWN') return registryFault(error);
  return notFound(`manifest for ${name} not found: ${error.first}`, error);
}

const isRefusal = ({ kind }: EngineError) => kind === 'unauthorized' || kind === 'forbidden';

function registryFault(error: EngineError): EngineError {
  return new EngineError('internal', error.message, { cause: error });
}
