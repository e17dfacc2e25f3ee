// The columns of `skiff network ls`.

import type { NetworkResource } from '../../../api/network.ts';
import { shortId } from '../../output/table.ts';
import type { View } from '../../output/view.ts';
import { labelText } from '../../views/labels.ts';

export function networkView(full: boolean): View<NetworkResource> {
  return {
    fields: {
      CreatedAt: ['CREATED AT', (item) => goTime(item.Created)],
      Driver: ['DRIVER', (item) => item.Driver],
      ID: ['NETWORK ID', (item) => (full ? item.Id : shortId(item.Id))],
      IPv4: ['IPV4', (item) => String(item.EnableIPv4 ?? false)],
      IPv6: ['IPV6', (item) => String(item.EnableIPv6 ?? false)],
      Internal: ['INTERNAL', (item) => String(item.Internal ?? false)],
      Labels: ['LABELS', (item) => labelText(item.Labels)],
      Name: ['NAME', (item) => item.Name],
      Scope: ['SCOPE', (item) => item.Scope],
    },
    methods: { Label: (item, name) => item.Labels?.[name] ?? '' },
    columns: ['ID', 'Name', 'Driver', 'Scope'],
    raw: [
      ['network_id', 'ID'],
      ['name', 'Name'],
      ['driver', 'Driver'],
      ['scope', 'Scope'],
    ],
    quiet: 'ID',
    type: '*network.networkContext',
  };
}

/** '2026-11-21T03:01:32.16Z' as '2026-11-21 03:01:32.16 +0000 UTC'. */
function goTime(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!parts) return text;
  const [, day, clock, zone = 'Z'] = parts;
  return `${day} ${clock} ${zone === 'Z' ? '+0000 UTC' : `${zone.replace(':', '')} ${zone.replace(':', '')}`}`;
}
