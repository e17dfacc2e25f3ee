/** `docker images`. */
import type { ImageSummary } from '../../api/image.ts';
import type { Filters } from '../../api/query.ts';
import { olderThan } from '../../api/version.ts';
import type { Image } from '../../image/image.ts';
import type { Engine } from '../engine.ts';
import { createdAt, imageFilter, referenceFilter } from './filter.ts';
import { manifestSummaries } from './manifests.ts';

export interface ListRequest {
  /** With those that have no name and that others were made from. */
  all: boolean;
  filters: Filters;
  /** Compute how much each image shares with others. */
  sharedSize: boolean;
  /** Count the containers made from each; since API 1.51 they are counted in any case. */
  containers?: boolean;
  /** With what the index of each lists. */
  manifests?: boolean;
  apiVersion: string;
}

/** Newest first. */
export function listImages(engine: Engine, request: ListRequest): ImageSummary[] {
  const holds = imageFilter(engine, request.filters);
  const shown = referenceFilter(request.filters);
  const summaries: ImageSummary[] = [];
  const found = engine.images.list().filter(holds);
  for (const image of request.all ? found : found.filter((image) => !isIntermediate(engine, image))) {
    const tags = image.tags.filter(shown);
    const digests = image.repoDigests.filter(shown);
    if (request.filters.has('reference') && tags.length + digests.length === 0) continue;
    summaries.push(summary(engine, image, tags, digests, request));
  }
  return summaries.sort((a, b) => b.Created - a.Created);
}

function isIntermediate({ images }: Engine, image: Image): boolean {
  return image.tags.length + image.repoDigests.length === 0 && images.children(image).length > 0;
}

function summary(
  engine: Engine,
  image: Image,
  tags: string[],
  digests: string[],
  { sharedSize, containers, manifests, apiVersion }: ListRequest,
): ImageSummary {
  const ids = engine.images.variants(image).map(({ id }): string => id);
  const users = () => engine.containers.list().filter(({ imageId }) => ids.includes(imageId)).length;
  return {
    Id: image.id,
    ParentId: image.parent ?? '',
    RepoTags: named(tags, '<none>:<none>', image, apiVersion),
    RepoDigests: named(digests, '<none>@<none>', image, apiVersion),
    Created: Math.floor(createdAt(image) / 1000),
    Size: image.size,
    SharedSize: sharedSize ? engine.images.sharedSize(image) : -1,
    ...(olderThan(apiVersion, '1.44') && { VirtualSize: image.size }),
    Labels: image.config.config?.Labels ?? null,
    Containers: containers || !olderThan(apiVersion, '1.51') ? users() : -1,
    ...(manifests && !olderThan(apiVersion, '1.47') && { Manifests: manifestSummaries(engine, image) }),
    ...(!olderThan(apiVersion, '1.48') && { Descriptor: image.target }),
  };
}

/** Clients before 1.43 want something to print where an image has no name at all. */
function named(names: string[], none: string, image: Image, apiVersion: string): string[] {
  const nameless = image.tags.length === 0 && image.repoDigests.length === 0;
  return nameless && olderThan(apiVersion, '1.43') ? [none] : names;
}
