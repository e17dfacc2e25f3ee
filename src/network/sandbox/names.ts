/** A sandbox as the resolver sees it. */
import { shortId } from '../../core/ids.ts';
import type { NamedContainer, NamedEndpoint } from '../dns/names.ts';
import type { LiveNetwork, NetworkStore } from '../record/store.ts';
import type { LiveEndpoint, SandboxRecord } from './store.ts';

export function namesOf(record: SandboxRecord, networks: NetworkStore): NamedContainer {
  const names = [record.name, shortId(record.containerId), record.hostname].filter((name) => name !== '');
  return {
    containerId: record.containerId,
    names,
    servers: record.dns,
    endpoints: record.endpoints.map((endpoint) => namedEndpoint(endpoint, networks)),
  };
}

function namedEndpoint(endpoint: LiveEndpoint, networks: NetworkStore): NamedEndpoint {
  const live = networks.byId(endpoint.networkId);
  return {
    networkId: endpoint.networkId,
    networkName: endpoint.networkName,
    internal: live?.network.internal ?? false,
    ipv4: endpoint.ipv4 || undefined,
    ipv6: endpoint.ipv6 || undefined,
    hostAddresses: live?.network.driver === 'bridge' ? hostAddresses(live) : [],
    aliases: endpoint.aliases,
    links: Object.fromEntries((endpoint.request.links ?? []).map(linkOf)),
  };
}

const hostAddresses = ({ spaces }: LiveNetwork): string[] =>
  spaces.map(({ gateway }) => gateway).filter((gateway) => gateway !== '');

/** `container:alias`, or `container` alone. */
function linkOf(text: string): [alias: string, container: string] {
  const [container = '', alias = container] = text.split(':');
  return [alias.replace(/^\//, '').toLowerCase(), container.replace(/^\//, '')];
}
