/**
 * Gives an image that was made here (built, committed, loaded) compressed layers, as registries want them: the plain
 * blobs are replaced by gzip ones and the manifest is written anew. The image's id does not change.
 */
import { createGzip } from 'node:zlib';
import type { Digest } from '../core/digest.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import type { Image } from './image.ts';
import type { Lease } from './leases.ts';
import { isIndex, layerCompression, layerType, MANIFEST } from './media-types.ts';
import type { Descriptor } from './oci.ts';

/** Nearly as small as the default level 6 makes a layer, in half the time. */
const LEVEL = 3;

/** The descriptor of the image's manifest, now of compressed layers; the one it had if they were. */
export async function compressImage(
  context: ImageContext,
  image: Image,
  lease: Lease<Digest>,
): Promise<Descriptor> {
  const isPacked = image.layers.every(({ mediaType }) => layerCompression(mediaType) !== 'none');
  // An index names its manifests by digest: one that is written anew would be none of them.
  if (isPacked || isIndex(image.target.mediaType)) return image.manifest;
  const layers = await Promise.all(image.layers.map((layer) => compressLayer(context, layer, lease)));
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: image.id,
    size: context.content.size(image.id),
  };
  const manifest = context.content.put(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers }),
  );
  lease.hold(manifest.digest);
  const descriptor = { mediaType: MANIFEST, ...manifest };
  context.images.replaceManifest(image.manifest.digest, descriptor);
  return descriptor;
}

async function compressLayer(
  { content }: ImageContext,
  layer: Descriptor,
  lease: Lease<Digest>,
): Promise<Descriptor> {
  if (layerCompression(layer.mediaType) !== 'none') return layer;
  return step('image.layer.compress', { digest: layer.digest, size: layer.size }, async () => {
    const plain = content.stream(layer.digest);
    const gzip = createGzip({ level: LEVEL, chunkSize: 256 * 1024 });
    plain.once('error', (error) => gzip.destroy(error));
    const { digest, size, commit } = await content.stage(plain.pipe(gzip));
    lease.hold(digest);
    await commit();
    return { mediaType: layerType('gzip'), digest, size };
  });
}
