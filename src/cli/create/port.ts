// `-p` and `--expose`: [ip:][hostPort:]containerPort[/protocol], with ranges.

import { isIP } from 'node:net';
import type { PortBinding } from '../../api/host-config.ts';
import { messageOf } from '../exit.ts';
import { splitCsv } from './csv.ts';

export interface PublishedPort {
  /** '80/tcp'. */
  readonly port: string;
  readonly binding: PortBinding;
}

export function parsePublish(text: string): PublishedPort[] {
  const spec = text.includes('=') ? shortForm(text) : text;
  const { address, host, container } = splitSpec(spec);
  const [numbers = '', protocol = 'tcp', ...more] = container.split('/');
  if (more.length > 0) throw new Error(`invalid containerPort: ${container}`);
  if (numbers === '') throw new Error(`no port specified: ${spec}<empty>`);
  if (!['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) throw new Error(`invalid proto: ${protocol}`);
  const inside = range(numbers, 'containerPort');
  const outside = host === '' ? undefined : range(host, 'hostPort');
  const same = outside && inside.last - inside.first === outside.last - outside.first;
  if (outside && !same && inside.first !== inside.last) {
    throw new Error(`invalid ranges specified for container and host Ports: ${numbers} and ${host}`);
  }
  return Array.from({ length: inside.last - inside.first + 1 }, (_, index) => ({
    port: `${inside.first + index}/${protocol.toLowerCase()}`,
    binding: { HostIp: address, HostPort: hostPort(outside, same === true, index) },
  }));
}

export function parseExpose(text: string): string[] {
  if (text.includes(':')) throw new Error(`invalid port format for --expose: ${text}`);
  const [numbers = '', protocol = 'tcp'] = text.split('/');
  try {
    const { first, last } = exposedRange(numbers);
    return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
  } catch (error) {
    throw new Error(`invalid range format for --expose: ${text}, error: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function exposedRange(text: string): Range {
  if (text === '') throw new Error('empty string specified for ports');
  const [from = '', ...rest] = text.split('-');
  const first = exposedPort(from);
  const last = rest.length > 0 ? exposedPort(rest.join('-')) : first;
  if (last < first) throw new Error(`invalid range specified for port: ${text}`);
  return { first, last };
}

function exposedPort(text: string): number {
  const refused = (why: string) => new Error(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^\d+$/.test(text)) throw refused('invalid syntax');
  if (Number(text) > 65535) throw refused('value out of range');
  return Number(text);
}

/** One container port on a range of host ports means: any free one of them. */
function hostPort(outside: Range | undefined, same: boolean, index: number): string {
  if (!outside) return '';
  return same ? String(outside.first + index) : `${outside.first}-${outside.last}`;
}

function splitSpec(spec: string): { address: string; host: string; container: string } {
  const bracketed = /^\[([^\]]*)\]:?(.*)$/.exec(spec);
  const parts = (bracketed ? `:${bracketed[2]}` : spec).split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const address = bracketed ? (bracketed[1] ?? '') : parts.join(':');
  if (bracketed && parts.length === 0 && !spec.includes(']:'))
    throw new Error(`invalid containerPort: ${spec}`);
  if (address !== '' && isIP(address.replace(/%.*/, '')) === 0) {
    throw new Error(`invalid IP address: ${address}`);
  }
  return { address, host, container };
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function range(text: string, what: string): Range {
  const parts = /^(\d+)(?:-(\d+))?$/.exec(text);
  const [first, last] = [Number(parts?.[1]), Number(parts?.[2] ?? parts?.[1])];
  if (!parts || first > last || last > 65535) throw new Error(`invalid ${what}: ${text}`);
  return { first, last };
}

/** `published=8080,target=80,protocol=udp` in the short spelling. */
function shortForm(text: string): string {
  const fields = new Map(
    splitCsv(text).map((field) => [field.replace(/=.*/, ''), field.replace(/^[^=]*=?/, '')] as const),
  );
  const target = fields.get('target');
  if (!target) throw new Error(`invalid publish opts format (should be name=value but got '${text}')`);
  return `${fields.get('published') ?? ''}:${target}/${fields.get('protocol') ?? 'tcp'}`;
}
