/** `Manifests` of an image: what its index lists, and what of that is here. */
import type { ImageManifestSummary } from '../../api/image.ts';
import type { Image } from '../../image/image.ts';
import type { ListedManifest } from '../../image/listed-manifests.ts';
import type { Platform } from '../../image/oci.ts';
import type { Engine } from '../engine.ts';

export function manifestSummaries(engine: Engine, image: Image): ImageManifestSummary[] {
  return engine.images.manifests(image).map((listed) => summary(engine, listed));
}

function summary(engine: Engine, listed: ListedManifest): ImageManifestSummary {
  const { descriptor, kind, available, content, unpacked, of } = listed;
  return {
    ID: descriptor.digest,
    Descriptor: descriptor,
    Available: available,
    Size: { Total: content + unpacked, Content: content },
    Kind: kind,
    ...(kind === 'image' && {
      ImageData: {
        Platform: platformIn(listed),
        Containers: containersOf(engine, listed.image),
        Size: { Unpacked: unpacked },
      },
    }),
    ...(of && { AttestationData: { For: of } }),
  };
}

/** As the index says, or else the image itself. */
function platformIn({ descriptor, image }: ListedManifest): Platform {
  if (descriptor.platform) return descriptor.platform;
  const { architecture = '', os = '', variant } = image?.config ?? {};
  return { architecture, os, ...(variant && { variant }) };
}

function containersOf({ containers }: Engine, image: Image | undefined): string[] {
  return containers.list().flatMap(({ id, imageId }) => (imageId === image?.id ? [id] : []));
}
