/** Pushes images: blobs that the registry lacks, then the manifest. Docker's progress lines. */

import { EngineError, notFound } from '../core/errors.ts';
import { Limit } from '../core/limit.ts';
import { step } from '../core/step.ts';
import { compressImage } from './compress-image.ts';
import type { ImageContext } from './context.ts';
import { variantFor } from './find.ts';
import { collectGarbage } from './garbage.ts';
import type { Image } from './image.ts';
import { listedManifests } from './listed-manifests.ts';
import { blobsIn, parseDocument } from './manifest.ts';
import { isIndex } from './media-types.ts';
import type { Descriptor } from './oci.ts';
import { otherPlatform } from './platform.ts';
import { type Push, type PushOptions, pushBlob } from './push-blob.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryOf,
  wholeName,
} from './reference.ts';
import { RegistryClient } from './registry/client.ts';
import { RegistryError } from './registry/errors.ts';
import { Repository } from './registry/repository.ts';

/** Uploads at a time, as dockerd's. */
const PARALLEL = 5;

/** Without a tag in `name`: the tag `latest`, or every tag of the repository if all were asked for. */
export function pushImages(context: ImageContext, name: string, options: PushOptions): Promise<void> {
  return step('image.push', { name }, async () => {
    const reference = parseReference(name);
    options.progress({ status: `The push refers to repository [${repositoryOf(reference)}]` });
    const tagged = taggedNames(context, reference, options.allTags ?? false);
    const { domain, path } = reference;
    const client = new RegistryClient({ domain, registry: context.registry, auth: options.auth });
    const push = { context, reference, options, repository: new Repository(client, path, 'pull,push') };
    try {
      for (const { tag, name } of tagged) {
        // Looked up when it is its turn: a push may rewrite the manifest that others of its tags lead to.
        const image = context.images.byName(name);
        if (image) await pushOne(push, tag, image);
      }
    } catch (error) {
      throw options.signal?.aborted
        ? new EngineError('cancelled', 'context canceled', { cause: error })
        : pushError(error);
    } finally {
      await client.close();
    }
  });
}

/** Tag and whole name of each. */
function taggedNames(
  { images }: ImageContext,
  reference: Reference,
  all: boolean,
): { tag: string; name: string }[] {
  const repository = familiarRepository(reference);
  const names = all
    ? images
        .list()
        .flatMap(({ tags }) => tags.filter((tag) => familiarRepository(parseReference(tag)) === repository))
    : [familiarName({ ...reference, tag: reference.tag ?? 'latest', digest: undefined })];
  const found = names.flatMap((name) => {
    const { tag = 'latest', ...bare } = parseReference(name);
    const whole = wholeName({ ...bare, tag });
    return images.byName(whole) ? [{ tag, name: whole }] : [];
  });
  if (found.length > 0) return found;
  throw notFound(`An image does not exist locally with the tag: ${repository}`);
}

async function pushOne(push: Push, tag: string, image: Image): Promise<void> {
  const { context, options } = push;
  const lease = context.content.leases.lease();
  try {
    for (const { id, manifest, target, layers, beside } of context.images.variants(image)) {
      const own = [id, manifest.digest, target.digest, ...layers.map(({ digest }) => digest)];
      for (const digest of [...own, ...beside]) lease.hold(digest);
    }
    const whole = options.platform === undefined && isIndex(image.target.mediaType);
    if (whole && listedManifests(context, image).every(({ available }) => available)) {
      await pushIndex(push, image.target);
      await put(push, image.target, tag);
      return finish(push, tag, image.target, image);
    }
    const chosen = variantOf(push, tag, image);
    const descriptor = await compressImage(context, chosen, lease);
    await pushManifest(push, descriptor, tag);
    finish(push, tag, descriptor, image);
    if (whole) tellOfIndex(push, image.target, descriptor);
  } finally {
    lease.release();
  }
  await collectGarbage(context, []);
}

/** What is pushed where one platform is meant, or where not all that an index lists is here. */
function variantOf({ context, reference, options }: Push, tag: string, image: Image): Image {
  const { platform } = options;
  const found = platform ? variantFor(context.images, image, platform) : image;
  if (found) return found;
  throw otherPlatform(familiarName({ ...reference, tag }), image.config, platform ?? image.config);
}

/** All that it leads to, before itself: a registry takes no index whose manifests it has not. */
async function pushIndex(push: Push, index: Descriptor): Promise<void> {
  const data = push.context.content.read(index.digest);
  const document = parseDocument(data, index.mediaType);
  if (document.kind === 'manifest') return;
  for (const one of document.manifests) {
    if (isIndex(one.mediaType)) await pushIndex(push, one);
    else await pushManifest(push, one);
    if (isIndex(one.mediaType)) await put(push, one, one.digest);
  }
}

/** The blobs of an image, or of what is attached to one, and then the manifest; by its digest unless there is a tag. */
async function pushManifest(push: Push, descriptor: Descriptor, tag?: string): Promise<void> {
  const { context, options } = push;
  const image = context.images.byManifest(descriptor.digest);
  const [config, ...layers] = blobsIn(context.content.read(descriptor.digest));
  const limit = new Limit(PARALLEL);
  await Promise.all(
    layers.map((layer, i) => {
      const id = (image?.config.rootfs.diff_ids[i] ?? layer.digest).slice(7, 19);
      options.progress({ status: 'Preparing', progressDetail: {}, id });
      return limit.run(() => pushBlob(push, layer, id));
    }),
  );
  if (config) await pushBlob(push, config);
  await put(push, descriptor, tag ?? descriptor.digest);
}

function put({ context, repository, options }: Push, { digest, mediaType }: Descriptor, reference: string) {
  return repository.putManifest(reference, context.content.read(digest), mediaType, options.signal);
}

/** One image of an index is not what the tag leads to here: there it gets no name. */
function finish({ context, reference, options }: Push, tag: string, pushed: Descriptor, image: Image): void {
  const { domain, path } = reference;
  const { digest, size } = pushed;
  if (digest === image.target.digest || !isIndex(image.target.mediaType))
    context.images.setName(pushed, wholeName({ domain, path, digest }));
  options.progress({ status: `${tag}: digest: ${digest} size: ${size}` });
  options.progress({ aux: { Tag: tag, Digest: digest, Size: size } });
}

/** The shape that the docker command looks for, to say so. */
function tellOfIndex({ options }: Push, originalIndex: Descriptor, selectedManifest: Descriptor): void {
  options.progress({ aux: { manifestPushedInsteadOfIndex: true, originalIndex, selectedManifest } });
}

function pushError(error: unknown): unknown {
  if (!(error instanceof RegistryError) || error.code !== 'DENIED') return error;
  return new EngineError('forbidden', `denied: requested access to the resource is denied`, { cause: error });
}
