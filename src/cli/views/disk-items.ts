// The engine's account of its disk use, in one shape for old and new versions of the API.

import type { ContainerSummary } from '../../api/container.ts';
import type { BuildCacheRecord, ImageSummary } from '../../api/image.ts';
import type { DiskUsage } from '../../api/system.ts';
import type { VolumeResource } from '../../api/volume.ts';
import type { Engine } from '../connection/engine.ts';

export interface DiskItems {
  readonly Images: readonly ImageSummary[];
  readonly Containers: readonly ContainerSummary[];
  readonly Volumes: readonly VolumeResource[];
  readonly BuildCache: readonly BuildCacheRecord[];
  /** Bytes of all layers together. */
  readonly LayersSize: number;
}

export async function readDiskUsage(engine: Engine): Promise<DiskItems> {
  const usage = await engine.json<DiskUsage>('GET', '/system/df', { query: { verbose: true } });
  return {
    Images: usage.Images ?? usage.ImageUsage?.Items ?? [],
    Containers: usage.Containers ?? usage.ContainerUsage?.Items ?? [],
    Volumes: usage.Volumes ?? usage.VolumeUsage?.Items ?? [],
    BuildCache: usage.BuildCache ?? usage.BuildCacheUsage?.Items ?? [],
    LayersSize: usage.LayersSize ?? usage.ImageUsage?.TotalSize ?? 0,
  };
}
