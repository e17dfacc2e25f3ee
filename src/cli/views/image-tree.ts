// `skiff images --tree`: each image with its names, and below it the platforms that it has.

import type { ImageSummary } from '../../api/image.ts';
import { humanSize } from '../output/size.ts';
import { renderTable, shortId } from '../output/table.ts';

export function imageTree(images: readonly ImageSummary[]): string {
  const heading = ['IMAGE', 'ID', 'DISK USAGE', 'CONTENT SIZE', 'EXTRA'];
  return renderTable([heading, ...images.flatMap(imageLines)], 0);
}

/** All names but the last stand alone on their lines. */
function imageLines(image: ImageSummary): string[][] {
  const names = (image.RepoTags ?? []).length > 0 ? (image.RepoTags ?? []) : ['<untagged>'];
  const inUse =
    image.Containers > 0 ||
    (image.Manifests ?? []).some((each) => (each.ImageData?.Containers ?? []).length > 0);
  const content = (image.Manifests ?? []).reduce((total, each) => total + each.Size.Content, 0);
  const figures = [shortId(image.Id), humanSize(image.Size, 3), humanSize(content, 3), inUse ? 'U' : ''];
  const titles = names.map((name, index) =>
    index === names.length - 1 ? [name, ...figures] : [name, '', '', '', ''],
  );
  const platforms = (image.Manifests ?? []).filter((each) => each.Kind === 'image');
  const children = platforms.length > 1 || platforms.some((each) => !each.Available) ? platforms : [];
  return [...titles, ...children.map((each, index) => platformLine(each, index === children.length - 1))];
}

type Manifest = NonNullable<ImageSummary['Manifests']>[number];

function platformLine({ ID, ImageData, Size }: Manifest, last: boolean): string[] {
  const { os = '', architecture = '', variant = '' } = ImageData?.Platform ?? {};
  const platform = [os, architecture, variant].filter(Boolean).join('/');
  const inUse = (ImageData?.Containers ?? []).length > 0;
  return [
    `${last ? '└─' : '├─'} ${platform}`,
    shortId(ID),
    humanSize(Size.Total, 3),
    humanSize(Size.Content, 3),
    inUse ? 'U' : '',
  ];
}
