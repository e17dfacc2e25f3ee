// The columns of `skiff volume ls`.

import type { VolumeResource } from '../../../api/volume.ts';
import { humanSize } from '../../output/size.ts';
import type { View } from '../../output/view.ts';
import { labelText } from '../../views/labels.ts';

export function volumeView(): View<VolumeResource> {
  return {
    fields: {
      Availability: ['AVAILABILITY', () => 'N/A'],
      Driver: ['DRIVER', (item) => item.Driver],
      Group: ['GROUP', () => 'N/A'],
      Labels: ['LABELS', (item) => labelText(item.Labels)],
      Links: ['LINKS', (item) => (item.UsageData ? String(item.UsageData.RefCount) : 'N/A')],
      Mountpoint: ['MOUNTPOINT', (item) => item.Mountpoint],
      Name: ['VOLUME NAME', (item) => item.Name],
      Scope: ['SCOPE', (item) => item.Scope],
      Size: ['SIZE', (item) => (item.UsageData ? humanSize(item.UsageData.Size) : 'N/A')],
      Status: ['STATUS', () => 'N/A'],
    },
    methods: { Label: (item, name) => item.Labels?.[name] ?? '' },
    columns: ['Driver', 'Name'],
    raw: [
      ['name', 'Name'],
      ['driver', 'Driver'],
    ],
    quiet: 'Name',
    type: '*formatter.volumeContext',
  };
}
