/** Port bindings of the API (`"80/tcp": [{ HostIp, HostPort }]`) as the network layer takes them. */
import { invalidArgument } from '../../core/errors.ts';
import type { PortProtocol, PortRequest } from '../../network/network.ts';
import type { Container } from './container.ts';

/** Throws `invalid-argument` for what is no port. */
export function portRequests({
  config,
  hostConfig,
}: Pick<Container, 'config' | 'hostConfig'>): PortRequest[] {
  const requests: PortRequest[] = [];
  const bindings = hostConfig.PortBindings ?? {};
  for (const [port, hosts] of Object.entries(bindings)) {
    for (const { HostIp, HostPort } of hosts?.length ? hosts : [{ HostIp: '', HostPort: '' }]) {
      requests.push({ ...parsePort(port), hostIp: HostIp ?? '', ...parseHostPort(HostPort ?? '') });
    }
  }
  if (!hostConfig.PublishAllPorts) return requests;
  const unbound = Object.keys(config.ExposedPorts ?? {}).filter((port) => !(port in bindings));
  return [...requests, ...unbound.map((port) => ({ ...parsePort(port), hostIp: '', hostPort: 0 }))];
}

export function parsePort(text: string): { containerPort: number; protocol: PortProtocol } {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  if (!isPort(port) || port === '0')
    throw invalidArgument(`invalid port specification: ${JSON.stringify(text.split('/')[0])}`);
  return { containerPort: Number(port), protocol: protocol.toLowerCase() as PortProtocol };
}

/** '' or 0: any free port. `8000-8010`: the first free one of them. */
function parseHostPort(text: string): { hostPort: number; hostPortEnd?: number } {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text || '0') ?? [];
  if (!isPort(first) || (last !== undefined && (!isPort(last) || Number(last) < Number(first)))) {
    throw invalidArgument(`invalid port specification: ${JSON.stringify(text)}`);
  }
  return last === undefined
    ? { hostPort: Number(first) }
    : { hostPort: Number(first), hostPortEnd: Number(last) };
}

const isPort = (text: string | undefined): text is string => text !== undefined && Number(text) <= 65535;
