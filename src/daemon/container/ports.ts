/** Port bindings of the API (`"80/tcp": [{ HostIp, HostPort }]`) as the network layer takes them. */
import { invalidArgument } from '../../core/errors.ts';
import type { PortProtocol, PortRequest } from '../../network/network.ts';
import type { Container } from './container.ts';

/**
 * Label of a container whose ports other machines reach even if this host's firewall denies: `true` for all of them,
 * or which of its own ports, `80,53/udp`. A label, so that every client and compose file can say it.
 */
export const OPEN_LABEL = 'skiff.publish-open';

/** Throws `invalid-argument` for what is no port. Those that name a port of the host come first: any other leaves theirs free. */
export function portRequests(container: Pick<Container, 'config' | 'hostConfig'>): PortRequest[] {
  const isOpen = openPorts(container.config.Labels?.[OPEN_LABEL] ?? '');
  return requested(container)
    .map((request) => (isOpen(request) ? { ...request, open: true } : request))
    .sort((a, b) => Number(a.hostPort === 0) - Number(b.hostPort === 0));
}

function openPorts(text: string): (request: PortRequest) => boolean {
  if (/^(true|1)$/i.test(text)) return () => true;
  if (/^(false|0|)$/i.test(text)) return () => false;
  const open = text.split(',').map((port) => parsePort(port.trim()));
  return ({ containerPort, protocol }) =>
    open.some((port) => port.containerPort === containerPort && port.protocol === protocol);
}

function requested({ config, hostConfig }: Pick<Container, 'config' | 'hostConfig'>): PortRequest[] {
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

/** What it says that it serves: exposed, or published. */
export const exposedPorts = ({ config, hostConfig }: Pick<Container, 'config' | 'hostConfig'>) =>
  [
    ...new Set([...Object.keys(config.ExposedPorts ?? {}), ...Object.keys(hostConfig.PortBindings ?? {})]),
  ].map(parsePort);

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
