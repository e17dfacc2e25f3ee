// The long form of `skiff system df`: a table for each kind of thing.

import { humanDuration } from '../output/duration.ts';
import { humanSize } from '../output/size.ts';
import { ellipsis, shortId } from '../output/table.ts';
import type { DiskItems } from './disk-items.ts';
import { imageRows } from './image.ts';

export interface DetailTable {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

export function detailTables(items: DiskItems, now: number): DetailTable[] {
  return [imageTable(items, now), containerTable(items, now), volumeTable(items), cacheTable(items, now)];
}

function imageTable({ Images }: DiskItems, now: number): DetailTable {
  const heading = [
    'REPOSITORY',
    'TAG',
    'IMAGE ID',
    'CREATED',
    'SIZE',
    'SHARED SIZE',
    'UNIQUE SIZE',
    'CONTAINERS',
  ];
  const rows = Images.flatMap((image) => imageRows(image, false).slice(0, 1)).map(
    ({ image, repository, tag }) => [
      repository,
      tag,
      shortId(image.Id),
      ago(image.Created * 1000, now),
      humanSize(image.Size, 3),
      image.SharedSize === -1 ? 'N/A' : humanSize(image.SharedSize),
      image.SharedSize === -1 ? 'N/A' : humanSize(image.Size - image.SharedSize),
      image.Containers === -1 ? 'N/A' : String(image.Containers),
    ],
  );
  return { title: 'Images space usage:', rows: [heading, ...rows] };
}

function containerTable({ Containers }: DiskItems, now: number): DetailTable {
  const heading = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'LOCAL VOLUMES', 'SIZE', 'CREATED', 'STATUS', 'NAMES'];
  const rows = Containers.map((item) => [
    shortId(item.Id),
    item.Image,
    JSON.stringify(ellipsis(item.Command, 20)),
    String((item.Mounts ?? []).filter((mount) => mount.Driver === 'local').length),
    humanSize(item.SizeRw ?? 0, 3),
    ago(item.Created * 1000, now),
    item.Status,
    (item.Names ?? []).map((name) => name.replace(/^\//, '')).join(','),
  ]);
  return { title: 'Containers space usage:', rows: [heading, ...rows] };
}

function volumeTable({ Volumes }: DiskItems): DetailTable {
  const rows = Volumes.map(({ Name, UsageData }) => [
    Name,
    UsageData ? String(UsageData.RefCount) : 'N/A',
    UsageData ? humanSize(UsageData.Size) : 'N/A',
  ]);
  return { title: 'Local Volumes space usage:', rows: [['VOLUME NAME', 'LINKS', 'SIZE'], ...rows] };
}

function cacheTable({ BuildCache }: DiskItems, now: number): DetailTable {
  const heading = ['CACHE ID', 'CACHE TYPE', 'SIZE', 'CREATED', 'LAST USED', 'USAGE', 'SHARED'];
  const rows = BuildCache.map((record) => [
    record.InUse ? `${shortId(record.ID)}*` : shortId(record.ID),
    record.Type,
    humanSize(record.Size, 3),
    ago(Date.parse(record.CreatedAt), now),
    record.LastUsedAt ? ago(Date.parse(record.LastUsedAt), now) : '',
    String(record.UsageCount),
    String(record.Shared),
  ]);
  const total = BuildCache.filter((record) => !record.Shared).reduce((sum, record) => sum + record.Size, 0);
  return { title: `Build cache usage: ${humanSize(total)}`, rows: [heading, ...rows] };
}

function ago(then: number, now: number): string {
  return `${humanDuration(now - then)} ago`;
}
