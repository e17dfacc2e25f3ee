// The columns of `skiff images`: one row for each name of an image.

import type { ImageSummary } from '../../api/image.ts';
import { humanDuration, localTime } from '../output/duration.ts';
import { humanSize } from '../output/size.ts';
import { shortId } from '../output/table.ts';
import type { View } from '../output/view.ts';

export interface ImageRow {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const none = '<none>';

export function imageRows(image: ImageSummary, digests: boolean): ImageRow[] {
  const names = new Map<string, { tags: string[]; digests: string[] }>();
  const entry = (repository: string) => {
    const known = names.get(repository) ?? { tags: [], digests: [] };
    names.set(repository, known);
    return known;
  };
  for (const name of (image.RepoTags ?? []).filter((name) => name !== `${none}:${none}`)) {
    const cut = name.lastIndexOf(':');
    entry(name.slice(0, cut)).tags.push(name.slice(cut + 1));
  }
  for (const name of (image.RepoDigests ?? []).filter((name) => name !== `${none}@${none}`)) {
    const cut = name.indexOf('@');
    entry(name.slice(0, cut)).digests.push(name.slice(cut + 1));
  }
  if (names.size === 0) return [{ image, repository: none, tag: none, digest: none }];
  return [...names].flatMap(([repository, found]) => {
    const shown = digests && found.digests.length > 0 ? found.digests : [none];
    const tags = found.tags.length > 0 ? found.tags : [none];
    return shown.flatMap((digest) => tags.map((tag) => ({ image, repository, tag, digest })));
  });
}

export function imageView(options: { full: boolean; digests: boolean; now: number }): View<ImageRow> {
  const { full, digests, now } = options;
  const known = (created: number) => created > 0;
  return {
    fields: {
      Containers: [
        'CONTAINERS',
        ({ image }) => ((image.Containers ?? -1) === -1 ? 'N/A' : String(image.Containers)),
      ],
      CreatedAt: ['CREATED AT', ({ image }) => localTime(image.Created * 1000)],
      CreatedSince: [
        'CREATED',
        ({ image }) => (known(image.Created) ? `${humanDuration(now - image.Created * 1000)} ago` : 'N/A'),
      ],
      Digest: ['DIGEST', (row) => row.digest],
      ID: ['IMAGE ID', ({ image }) => (full ? image.Id : shortId(image.Id))],
      Repository: ['REPOSITORY', (row) => row.repository],
      SharedSize: ['SHARED SIZE', ({ image }) => sizeOrUnknown(image.SharedSize)],
      Size: ['SIZE', ({ image }) => humanSize(image.Size, 3)],
      Tag: ['TAG', (row) => row.tag],
      UniqueSize: ['UNIQUE SIZE', ({ image }) => uniqueSize(image)],
      VirtualSize: ['SIZE', ({ image }) => humanSize(image.Size)],
    },
    columns: ['Repository', 'Tag', ...(digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'],
    raw: [
      ['repository', 'Repository'],
      ['tag', 'Tag'],
      ['image_id', 'ID'],
      ['created_at', 'CreatedAt'],
      ['virtual_size', 'Size'],
    ],
    quiet: 'ID',
    type: '*formatter.imageContext',
  };
}

function sizeOrUnknown(size: number | undefined): string {
  return size === undefined || size === -1 ? 'N/A' : humanSize(size, 4);
}

function uniqueSize(image: ImageSummary): string {
  const shared = image.SharedSize ?? -1;
  return shared === -1 ? 'N/A' : humanSize(image.Size - shared, 4);
}
