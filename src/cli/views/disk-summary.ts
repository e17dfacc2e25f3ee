// The short form of `skiff system df`: one line for each kind of thing.

import { humanSize } from '../output/size.ts';
import type { View } from '../output/view.ts';
import type { DiskItems } from './disk-items.ts';

export interface DiskRow {
  readonly type: string;
  readonly count: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
  /** False where a share of the whole says nothing. */
  readonly share: boolean;
}

export function summaryView(items: DiskItems): { rows: DiskRow[]; view: View<DiskRow> } {
  const rows = [imageRow(items), containerRow(items), volumeRow(items), cacheRow(items)];
  const view: View<DiskRow> = {
    fields: {
      Active: ['ACTIVE', (row) => String(row.active)],
      Reclaimable: ['RECLAIMABLE', reclaimable],
      Size: ['SIZE', (row) => humanSize(row.size)],
      TotalCount: ['TOTAL', (row) => String(row.count)],
      Type: ['TYPE', (row) => row.type],
    },
    columns: ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'],
    raw: [
      ['type', 'Type'],
      ['total', 'TotalCount'],
      ['active', 'Active'],
      ['size', 'Size'],
      ['reclaimable', 'Reclaimable'],
    ],
    quiet: 'Type',
    type: '*formatter.diskUsageContext',
  };
  return { rows, view };
}

function reclaimable(row: DiskRow): string {
  const size = humanSize(row.reclaimable);
  return row.share && row.size > 0 ? `${size} (${Math.trunc((row.reclaimable * 100) / row.size)}%)` : size;
}

function imageRow({ Images, LayersSize }: DiskItems): DiskRow {
  const inUse = Images.filter((image) => image.Containers !== 0);
  const used = sum(
    inUse.filter((image) => image.Size !== -1 && image.SharedSize !== -1),
    (image) => image.Size - image.SharedSize,
  );
  const active = Images.filter((image) => image.Containers > 0).length;
  const base = { type: 'Images', count: Images.length, active, size: LayersSize, share: true };
  return { ...base, reclaimable: LayersSize - used };
}

function containerRow({ Containers }: DiskItems): DiskRow {
  const isActive = (state: string) => /running|paused|restarting/i.test(state);
  const idle = Containers.filter((container) => !isActive(container.State));
  return {
    type: 'Containers',
    count: Containers.length,
    active: Containers.length - idle.length,
    size: sum(Containers, (container) => container.SizeRw ?? 0),
    reclaimable: sum(idle, (container) => container.SizeRw ?? 0),
    share: true,
  };
}

function volumeRow({ Volumes }: DiskItems): DiskRow {
  const size = (volume: DiskItems['Volumes'][number]) => Math.max(0, volume.UsageData?.Size ?? 0);
  return {
    type: 'Local Volumes',
    count: Volumes.length,
    active: Volumes.filter((volume) => (volume.UsageData?.RefCount ?? 0) > 0).length,
    size: sum(Volumes, size),
    reclaimable: sum(
      Volumes.filter((volume) => volume.UsageData?.RefCount === 0),
      size,
    ),
    share: true,
  };
}

function cacheRow({ BuildCache }: DiskItems): DiskRow {
  const own = BuildCache.filter((record) => !record.Shared);
  return {
    type: 'Build Cache',
    count: BuildCache.length,
    active: BuildCache.filter((record) => record.InUse).length,
    size: sum(own, (record) => record.Size),
    reclaimable: sum(
      own.filter((record) => !record.InUse),
      (record) => record.Size,
    ),
    share: false,
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
