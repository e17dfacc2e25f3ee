/** The filters of `docker images`: each is a predicate; all of them must hold. */
import { type Filters, filterFlag, matchesLabels } from '../../api/query.ts';
import { compileGlob } from '../../image/builder/pattern/glob.ts';
import type { Images } from '../../image/contract.ts';
import type { Image } from '../../image/image.ts';
import { parseTime } from '../container/time.ts';
import type { Engine } from '../engine.ts';

export const IMAGE_FILTERS = ['dangling', 'label', 'label!', 'before', 'since', 'reference', 'until'];

type Predicate = (image: Image) => boolean;

/** Throws `not-found` if `before` or `since` name no image. */
export function imageFilter({ images }: Engine, filters: Filters): Predicate {
  const predicates: Predicate[] = [];
  if (filters.has('dangling')) {
    const wanted = filterFlag(filters, 'dangling', false);
    predicates.push((image) => isDangling(images, image) === wanted);
  }
  const labels = filters.get('label') ?? [];
  const spared = filters.get('label!') ?? [];
  predicates.push(
    (image) =>
      matchesLabels(labelsOf(image), labels) &&
      !spared.some((label) => matchesLabels(labelsOf(image), [label])),
  );
  for (const name of filters.get('before') ?? []) {
    const limit = createdAt(images.get(name));
    predicates.push((image) => createdAt(image) < limit);
  }
  for (const name of filters.get('since') ?? []) {
    const limit = createdAt(images.get(name));
    predicates.push((image) => createdAt(image) > limit);
  }
  for (const until of filters.get('until') ?? []) predicates.push(olderThan(until));
  return (image) => predicates.every((holds) => holds(image));
}

/** Which of an image's names to show: those that fit a `reference` filter. */
export function referenceFilter(filters: Filters): (name: string) => boolean {
  const patterns = (filters.get('reference') ?? []).map(compileGlob);
  if (patterns.length === 0) return () => true;
  return (name) => {
    const repository = name.replace(/@.*$/, '').replace(/:[\w.-]+$/, '');
    return patterns.some((matches) => matches(name) || matches(repository));
  };
}

/** Without a name, and no step on the way to another. */
export function isDangling(images: Images, image: Image): boolean {
  return image.tags.length === 0 && images.children(image).length === 0;
}

function labelsOf(image: Image): Record<string, string> {
  return image.config.config?.Labels ?? {};
}

/** Milliseconds since 1970; 0 for an image that does not say. */
export function createdAt(image: Image): number {
  return Date.parse(image.config.created ?? '') || 0;
}

function olderThan(until: string): Predicate {
  const limit = parseTime(until) / 1e6;
  return (image) => createdAt(image) < limit;
}
