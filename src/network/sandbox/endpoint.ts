/** Draws up an endpoint: which address, which MAC, which link. Takes addresses; `freeEndpoint` gives them back. */
import { randomBytes } from 'node:crypto';
import { newId } from '../../core/ids.ts';
import { addressBytes } from '../addressing/address.ts';
import type { AddressSpace } from '../addressing/address-space.ts';
import type { LinkSpec } from '../kernel/calls.ts';
import type { Endpoint, EndpointRequest, Network } from '../network.ts';
import type { LiveNetwork } from '../record/store.ts';
import type { LiveEndpoint } from './store.ts';

export interface EndpointPlan {
  instance: string;
  live: LiveNetwork;
  request: EndpointRequest;
  /** eth0, eth1 … */
  position: number;
}

export function planEndpoint({ instance, live, request, position }: EndpointPlan): LiveEndpoint {
  const { network, spaces } = live;
  const v4 = spaces.find((space) => space.subnet.family === 4);
  const v6 = spaces.find((space) => space.subnet.family === 6);
  const ipv4 = v4 && takeAddress(v4, request.ipv4);
  let ipv6: string | undefined;
  try {
    ipv6 = v6 && takeAddress(v6, request.ipv6);
  } catch (error) {
    if (ipv4) v4.give(ipv4);
    throw error;
  }
  const mac = request.mac?.toLowerCase().replaceAll('-', ':') ?? macFor(ipv4);
  const endpoint: Endpoint = {
    id: newId(),
    networkId: network.id,
    networkName: network.name,
    ipv4: ipv4 ?? '',
    prefix: ipv4 ? v4.subnet.prefix : 0,
    gateway: ipv4 && hasGateway(network) ? v4.gateway : '',
    ...(ipv6 && v6 && { ipv6, prefix6: v6.subnet.prefix, gateway6: hasGateway(network) ? v6.gateway : '' }),
    mac,
    device: `eth${position}`,
    aliases: request.aliases,
  };
  return { ...endpoint, request, link: linkOf(instance, live, endpoint) };
}

const takeAddress = (space: AddressSpace, wanted: string | undefined): string =>
  wanted ? space.claim(wanted) : space.take();

export function freeEndpoint(live: LiveNetwork | undefined, endpoint: Endpoint): void {
  for (const space of live?.spaces ?? []) {
    const address = space.subnet.family === 4 ? endpoint.ipv4 : endpoint.ipv6;
    if (address) space.give(address);
  }
}

/** Containers of an internal network get no way out. */
const hasGateway = (network: Network): boolean => !network.internal;

/** Locally administered, and made of the address, so that neighbours' caches stay right when it is used again. */
function macFor(ipv4: string | undefined): string {
  const tail = ipv4 ? addressBytes(ipv4) : randomBytes(4);
  return ['02', '42', ...[...tail].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

function linkOf(instance: string, { network, device }: LiveNetwork, endpoint: Endpoint): LinkSpec {
  const mtu = Number(network.options['com.docker.network.driver.mtu']);
  return {
    kind: network.driver === 'macvlan' ? 'macvlan' : 'veth',
    host: `${instance}-v${endpoint.id.slice(0, 5)}`,
    bridge: device,
    isolated: network.options['com.docker.network.bridge.enable_icc'] === 'false',
    ...(mtu > 0 && { mtu }),
    device: endpoint.device,
    mac: endpoint.mac,
    addresses: [
      ...(endpoint.ipv4 ? [`${endpoint.ipv4}/${endpoint.prefix}`] : []),
      ...(endpoint.ipv6 ? [`${endpoint.ipv6}/${endpoint.prefix6}`] : []),
    ],
    gateways: [endpoint.gateway, endpoint.gateway6 ?? ''].filter((gateway) => gateway !== ''),
  };
}
