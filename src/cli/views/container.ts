// The columns of `skiff ps`.

import type { ContainerSummary, PortSummary } from '../../api/container.ts';
import { humanDuration, localTime } from '../output/duration.ts';
import { humanSize } from '../output/size.ts';
import { ellipsis, shortId } from '../output/table.ts';
import type { View } from '../output/view.ts';
import { labelText } from './labels.ts';

export interface ContainerViewOptions {
  readonly full: boolean;
  readonly size: boolean;
  readonly now: number;
}

export function containerView({ full, size, now }: ContainerViewOptions): View<ContainerSummary> {
  const cut = (text: string, width: number) => (full ? text : ellipsis(text, width));
  return {
    fields: {
      Command: ['COMMAND', (item) => JSON.stringify(cut(item.Command ?? '', 20))],
      CreatedAt: ['CREATED AT', (item) => localTime(item.Created * 1000)],
      ID: ['CONTAINER ID', (item) => (full ? item.Id : shortId(item.Id))],
      Image: ['IMAGE', (item) => imageName(item, full)],
      Labels: ['LABELS', (item) => labelText(item.Labels)],
      LocalVolumes: [
        'LOCAL VOLUMES',
        (item) => String((item.Mounts ?? []).filter((mount) => mount.Driver === 'local').length),
      ],
      Mounts: [
        'MOUNTS',
        (item) => (item.Mounts ?? []).map((mount) => cut(mount.Name || mount.Source || '', 15)).join(','),
      ],
      Names: ['NAMES', (item) => namesOf(item, full).join(',')],
      Networks: ['NETWORKS', (item) => Object.keys(item.NetworkSettings?.Networks ?? {}).join(',')],
      Platform: ['PLATFORM', platformOf],
      Ports: ['PORTS', (item) => describePorts(item.Ports ?? [])],
      RunningFor: ['CREATED', (item) => `${humanDuration(now - item.Created * 1000)} ago`],
      Size: ['SIZE', (item) => sizeOf(item)],
      State: ['STATE', (item) => item.State],
      Status: ['STATUS', (item) => item.Status],
    },
    methods: { Label: (item, name) => item.Labels?.[name] ?? '' },
    columns: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names', ...(size ? ['Size'] : [])],
    raw: [
      ['container_id', 'ID'],
      ['image', 'Image'],
      ['command', 'Command'],
      ['created_at', 'CreatedAt'],
      ['state', 'State'],
      ['status', 'Status'],
      ['names', 'Names'],
      ['labels', 'Labels'],
      ['ports', 'Ports'],
    ],
    quiet: 'ID',
    type: '*formatter.ContainerContext',
  };
}

/** Its fields in the order of the client's JSON; null from a daemon that tells no platform. */
function platformOf({ ImageManifestDescriptor }: ContainerSummary) {
  const { architecture, os, variant } = ImageManifestDescriptor?.platform ?? {};
  return architecture === undefined ? null : { architecture, os, ...(variant && { variant }) };
}

/** The name of an image that was untagged since is its id. */
function imageName(item: ContainerSummary, full: boolean): string {
  if (!item.Image) return '<no image>';
  if (full) return item.Image;
  return item.Image === item.ImageID || /^sha256:/.test(item.Image)
    ? shortId(item.Image)
    : item.Image.replace(/@sha256:.*$/, '');
}

/** Names of links (`/web/db`) are shown only in full. */
function namesOf(item: ContainerSummary, full: boolean): string[] {
  const names = (item.Names ?? []).map((name) => name.replace(/^\//, ''));
  return full ? names : names.filter((name) => !name.includes('/')).slice(0, 1);
}

function sizeOf(item: ContainerSummary): string {
  const root = item.SizeRootFs ?? 0;
  return `${humanSize(item.SizeRw ?? 0, 3)}${root > 0 ? ` (virtual ${humanSize(root, 3)})` : ''}`;
}

/** `0.0.0.0:8000-8002->80-82/tcp, 443/tcp`: neighbours with the same shift are one range. */
export function describePorts(ports: readonly PortSummary[]): string {
  const sorted = [...ports].sort(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      compare(a.IP ?? '', b.IP ?? '') ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      compare(a.Type, b.Type),
  );
  const groups = new Map<string, Run[]>();
  const lone: string[] = [];
  for (const port of sorted) addPort(port, groups, lone);
  const ranges = [...groups]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([key, runs]) => runs.map((run) => describeRun(key, run)));
  return [...ranges, ...lone].join(', ');
}

interface Run {
  first: number;
  last: number;
}

function addPort(port: PortSummary, groups: Map<string, Run[]>, lone: string[]): void {
  const { PrivatePort, PublicPort, IP, Type } = port;
  if (PublicPort && PublicPort !== PrivatePort) {
    lone.push(`${hostOf(IP)}:${PublicPort}->${PrivatePort}/${Type}`);
    return;
  }
  const key = PublicPort ? `${IP ?? ''}/${Type}` : Type;
  const runs = groups.get(key) ?? [];
  groups.set(key, runs);
  const last = runs.at(-1);
  if (last && last.last === PrivatePort - 1) last.last = PrivatePort;
  else runs.push({ first: PrivatePort, last: PrivatePort });
}

function describeRun(key: string, { first, last }: Run): string {
  const cut = key.lastIndexOf('/');
  const numbers = first === last ? `${first}` : `${first}-${last}`;
  if (cut < 0) return `${numbers}/${key}`;
  return `${hostOf(key.slice(0, cut))}:${numbers}->${numbers}/${key.slice(cut + 1)}`;
}

function hostOf(ip: string | undefined): string {
  return ip?.includes(':') ? `[${ip}]` : (ip ?? '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
