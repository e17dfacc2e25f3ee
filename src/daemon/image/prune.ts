/** `docker image prune`: what nobody uses, dangling images only unless told otherwise. */
import { type Filters, filterFlag } from '../../api/query.ts';
import { invalidArgument, isKind } from '../../core/errors.ts';
import type { Image } from '../../image/image.ts';
import type { RemovedImage } from '../../image/remove.ts';
import type { Engine } from '../engine.ts';
import { imageFilter, isDangling } from './filter.ts';
import { removeImage } from './remove.ts';
import { isImageUsed } from './users.ts';

export const PRUNE_FILTERS = ['dangling', 'label', 'label!', 'until'];

export interface PrunedImages {
  removed: RemovedImage[];
  /** Bytes. */
  reclaimed: number;
}

/** With `dryRun` nothing is touched: the answer says what would go. */
export async function pruneImages(engine: Engine, filters: Filters, dryRun: boolean): Promise<PrunedImages> {
  const doomed = unusedImages(engine, filters);
  if (dryRun) return { removed: doomed.flatMap(rowsOf), reclaimed: engine.images.reclaimable(doomed) };
  const before = await engine.images.diskUsage();
  const removed: RemovedImage[] = [];
  for (const image of doomed) removed.push(...(await removeIfUnused(engine, image)));
  await engine.images.collectGarbage(isImageUsed(engine));
  const reclaimed = Math.max(0, before - (await engine.images.diskUsage()));
  engine.events.publish('image', 'prune', '', { reclaimed: String(reclaimed) });
  return { removed, reclaimed };
}

function unusedImages(engine: Engine, filters: Filters): Image[] {
  if ((filters.get('until') ?? []).length > 1) throw invalidArgument('more than one until filter specified');
  const danglingOnly = filterFlag(filters, 'dangling', true);
  const others: Filters = new Map([...filters].filter(([name]) => name !== 'dangling'));
  const isUsed = isImageUsed(engine);
  const isNeeded = (image: Image) => engine.images.variants(image).some(({ id }) => isUsed(id));
  return engine.images
    .list()
    .filter(imageFilter(engine, others))
    .filter((image) => !isNeeded(image) && (!danglingOnly || isDangling(engine.images, image)));
}

/** Names first: removing by id refuses an image that has names in several repositories. */
async function removeIfUnused(engine: Engine, image: Image): Promise<RemovedImage[]> {
  const rows: RemovedImage[] = [];
  try {
    for (const name of image.tags)
      rows.push(...(await removeImage(engine, name, { force: false, prune: true })));
    if (engine.images.find(image.id)) {
      rows.push(...(await removeImage(engine, image.id, { force: true, prune: true })));
    }
  } catch (error) {
    // Somebody has begun to use it, or has removed it, since the list was made.
    if (!isKind(error, 'conflict') && !isKind(error, 'not-found')) throw error;
  }
  return rows;
}

function rowsOf(image: Image): RemovedImage[] {
  const names = [...image.tags, ...image.repoDigests].map((name) => ({ Untagged: name }));
  return [...names, { Deleted: image.id }];
}
