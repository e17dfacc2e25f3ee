/** GET /system/df: what images, containers, volumes and the build cache take, and what of it could be freed. */

import type { ContainerSummary } from '../../api/container.ts';
import type { BuildCacheRecord, ImageSummary } from '../../api/image.ts';
import type { DiskUsage } from '../../api/system.ts';
import { olderThan } from '../../api/version.ts';
import type { VolumeResource } from '../../api/volume.ts';
import { cacheRecord } from '../build/prune.ts';
import { listContainers } from '../container/list.ts';
import { logSize, ownUsage } from '../container/size.ts';
import type { Engine } from '../engine.ts';
import { listImages } from '../image/list.ts';
import { volumeResource } from '../volume/resource.ts';
import { volumeUseCounts } from '../volume/users.ts';

export const USAGE_TYPES = ['container', 'image', 'volume', 'build-cache'] as const;
export type UsageType = (typeof USAGE_TYPES)[number];

export interface UsageRequest {
  types: readonly UsageType[];
  apiVersion: string;
  /** From API 1.52: each item besides the sums. */
  verbose: boolean;
}

export async function diskUsage(engine: Engine, request: UsageRequest): Promise<DiskUsage> {
  const wants = (type: UsageType) => request.types.includes(type);
  const [containers, volumes] = await Promise.all([
    wants('container') ? containersWithLogs(engine) : undefined,
    wants('volume') ? sizedVolumes(engine) : undefined,
  ]);
  const images = wants('image') ? imagesWithUse(engine, request.apiVersion) : undefined;
  const known = (await engine.build.builder.usage()).map(cacheRecord);
  const cache = wants('build-cache') ? known : undefined;
  const items = { images, containers, volumes, cache };
  const layersSize = images && Math.max(0, (await engine.images.diskUsage()) - ownLayers(known));
  if (olderThan(request.apiVersion, '1.52')) return itemShape(items, layersSize, request.apiVersion);
  const sums = sumShape(items, layersSize ?? 0, request.verbose);
  // 1.52 answers in both shapes, so that clients can move.
  const both = request.apiVersion === '1.52' && !request.verbose;
  return both ? { ...itemShape(items, layersSize, request.apiVersion), ...sums } : sums;
}

/** Unlike in `docker ps -s`, what a container takes has its log in it: that is what is on the disk. */
async function containersWithLogs(engine: Engine): Promise<ContainerSummary[]> {
  const containers = await listContainers(engine, { all: true, limit: 0, size: true, filters: new Map() });
  return Promise.all(
    containers.map(async (container) => ({
      ...container,
      SizeRw: (await ownUsage(engine, container.Id)) + (await logSize(engine, container.Id)),
    })),
  );
}

/** Layers that only the build cache stands on lie among those of images, and are counted once. */
function ownLayers(cache: readonly BuildCacheRecord[]): number {
  const own = cache.filter(({ Type, Shared }) => Type === 'regular' && !Shared);
  return own.reduce((sum, { Size }) => sum + Size, 0);
}

interface Items {
  images: ImageSummary[] | undefined;
  containers: ContainerSummary[] | undefined;
  volumes: VolumeResource[] | undefined;
  cache: BuildCacheRecord[] | undefined;
}

function itemShape(items: Items, layersSize: number | undefined, apiVersion: string): DiskUsage {
  return {
    LayersSize: layersSize ?? 0,
    Images: items.images ?? null,
    Containers: items.containers ?? null,
    Volumes: items.volumes ?? null,
    BuildCache: items.cache ?? null,
    ...(olderThan(apiVersion, '1.42') && { BuilderSize: 0 }),
  };
}

/** Reclaimable: what nothing that runs or refers keeps. */
function sumShape(
  { images, containers, volumes, cache }: Items,
  layersSize: number,
  verbose: boolean,
): DiskUsage {
  return {
    ...(images && {
      ImageUsage: {
        ...usage(
          images,
          (image) => image.Size - Math.max(image.SharedSize, 0),
          (image) => image.Containers > 0,
        ),
        TotalSize: layersSize,
        ...(verbose && { Items: images }),
      },
    }),
    ...(containers && {
      ContainerUsage: {
        ...usage(
          containers,
          ({ SizeRw }) => SizeRw ?? 0,
          ({ State }) => UP.includes(State),
        ),
        ...(verbose && { Items: containers }),
      },
    }),
    ...(volumes && {
      VolumeUsage: {
        ...usage(
          volumes,
          ({ UsageData }) => UsageData?.Size ?? 0,
          ({ UsageData }) => (UsageData?.RefCount ?? 0) > 0,
        ),
        ...(verbose && { Items: volumes }),
      },
    }),
    ...(cache && {
      BuildCacheUsage: {
        ...usage(
          cache,
          ({ Size }) => Size,
          ({ InUse }) => InUse,
        ),
        ...(verbose && { Items: cache }),
      },
    }),
  };
}

const UP = ['running', 'paused', 'restarting'];

function usage<T>(items: T[], sizeOf: (item: T) => number, isActive: (item: T) => boolean) {
  const sum = (some: T[]) => some.reduce((total, item) => total + sizeOf(item), 0);
  const active = items.filter(isActive);
  return {
    ActiveCount: active.length,
    TotalCount: items.length,
    Reclaimable: sum(items) - sum(active),
    TotalSize: sum(items),
  };
}

function imagesWithUse(engine: Engine, apiVersion: string): ImageSummary[] {
  return listImages(engine, {
    filters: new Map(),
    all: true,
    sharedSize: true,
    containers: true,
    apiVersion,
  });
}

async function sizedVolumes(engine: Engine): Promise<VolumeResource[]> {
  const counts = volumeUseCounts(engine);
  return Promise.all(
    engine.volumes.list().map(async (volume) => ({
      ...volumeResource(engine, volume),
      UsageData: { Size: await engine.volumes.size(volume.name), RefCount: counts.get(volume.name) ?? 0 },
    })),
  );
}
