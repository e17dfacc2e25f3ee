/** Which images `docker save` means, and under which names. */
import type { Digest } from '../core/digest.ts';
import { isKind, notFound } from '../core/errors.ts';
import { getImage, isIdOf } from './find.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';
import type { Platform } from './oci.ts';
import { platformText, suits } from './platform.ts';
import { familiarName, familiarRepository, parseReference, parseTagged } from './reference.ts';

/** An image to be saved. */
export interface ChosenImage {
  image: Image;
  /** Familiar names, with tags; those that the image keeps in the archive. */
  names: Set<string>;
}

/** See contract.ts. In the order of the references. */
export function chooseImages(images: ImageStore, references: string[], platform?: Platform): ChosenImage[] {
  const chosen = new Map<Digest, ChosenImage>();
  const choose = (image: Image, name?: string) => {
    const entry = chosen.get(image.id) ?? { image, names: new Set<string>() };
    if (name !== undefined) entry.names.add(name);
    chosen.set(image.id, entry);
  };
  for (const reference of references) {
    const inRepository = ofRepository(images, reference);
    for (const { image, name } of inRepository) choose(image, name);
    if (inRepository.length === 0) chooseOne(getImage(images, reference), reference, choose);
  }
  for (const { image } of chosen.values()) checkPlatform(image, platform);
  return [...chosen.values()];
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
        .map((name) => ({ image, name })),
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

function checkPlatform({ config }: Image, platform: Platform | undefined): void {
  if (!platform || suits(config, platform)) return;
  throw notFound(`no suitable export target found for platform ${platformText(platform)}`);
}
