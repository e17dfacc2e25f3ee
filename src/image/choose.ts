/** Which images `docker save` means, and under which names. */
import type { Digest } from '../core/digest.ts';
import { isKind, notFound } from '../core/errors.ts';
import { getImage, isIdOf, variantFor } from './find.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';
import type { Descriptor, Platform } from './oci.ts';
import { platformText } from './platform.ts';
import { familiarName, familiarRepository, parseReference, parseTagged, wholeName } from './reference.ts';

/** An image to be saved. */
export interface ChosenImage {
  /** The first is what readers get that know of no indexes. */
  variants: Image[];
  /** What the archive's index leads to: an index, or the only variant's manifest. */
  target: Descriptor;
  /** Familiar names, with tags; those that the image keeps in the archive. */
  names: Set<string>;
}

/** See contract.ts. In the order of the references. */
export function chooseImages(
  images: ImageStore,
  references: string[],
  platforms: readonly Platform[] = [],
): ChosenImage[] {
  const chosen = new Map<Digest, ChosenImage>();
  const choose = (image: Image, name?: string) => {
    const found = withVariants(images, image, platforms);
    const entry = chosen.get(found.target.digest) ?? found;
    if (name !== undefined) entry.names.add(name);
    chosen.set(found.target.digest, entry);
  };
  for (const reference of references) {
    const inRepository = ofRepository(images, reference);
    for (const { image, name } of inRepository) choose(image, name);
    if (inRepository.length === 0) chooseOne(getImage(images, reference), reference, choose);
  }
  return [...chosen.values()];
}

/** For one platform, its image alone; for several, or all, the index with what is here of them. */
function withVariants(images: ImageStore, image: Image, platforms: readonly Platform[]): ChosenImage {
  const [first, ...others] = platforms.length > 0 ? platforms.map((one) => variant(images, image, one)) : [];
  const names = new Set<string>();
  if (first && others.length === 0) return { variants: [first], target: first.manifest, names };
  if (first) return { variants: [first, ...others], target: image.target, names };
  const listed = new Set(images.manifests(image).map(({ digest }) => digest));
  const variants = images
    .variants(image)
    .filter(({ id, manifest }) => id === image.id || listed.has(manifest.digest));
  return { variants, target: image.target, names };
}

function variant(images: ImageStore, image: Image, platform: Platform): Image {
  const found = variantFor(images, image, platform);
  if (found) return found;
  throw notFound(`no suitable export target found for platform ${platformText(platform)}`);
}

function chooseOne(image: Image, reference: string, choose: (image: Image, name?: string) => void): void {
  const named = !isIdOf(image, reference) && parseTagged(reference).digest === undefined;
  choose(image, named ? familiarName(parseTagged(reference)) : undefined);
}

/** All tags of a repository, if the reference names one and no tag. */
function ofRepository(images: ImageStore, reference: string): { image: Image; name: string }[] {
  const repository = repositoryIn(reference);
  if (repository === undefined) return [];
  return images
    .list()
    .flatMap((image) =>
      image.tags
        .filter((name) => familiarRepository(parseReference(name)) === repository)
        .flatMap((name) => ({ image: images.byName(wholeName(parseReference(name))) ?? image, name })),
    );
}

function repositoryIn(reference: string): string | undefined {
  try {
    const parsed = parseReference(reference);
    return parsed.tag === undefined && parsed.digest === undefined ? familiarRepository(parsed) : undefined;
  } catch (error) {
    if (isKind(error, 'invalid-argument')) return undefined;
    throw error;
  }
}
