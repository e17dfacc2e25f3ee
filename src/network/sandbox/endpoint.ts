/** Draws up an endpoint: which address, which MAC, which link. Takes addresses; `freeEndpoint` gives them back. */
import { randomBytes } from 'node:crypto';
import { forbidden } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { addressBytes, contains, familyOf } from '../addressing/address.ts';
import type { AddressSpace } from '../addressing/address-space.ts';
import { filteredPrefix } from '../firewall/bridge-rules.ts';
import type { LinkSpec } from '../kernel/calls.ts';
import type { Endpoint, EndpointRequest, Network } from '../network.ts';
import { flagOption, IPVLAN_FLAGS, MACVLAN_MODES, mtuOption } from '../record/driver-options.ts';
import type { LiveNetwork } from '../record/store.ts';
import {
  INTERFACE_NAME,
  INTERFACE_PREFIX,
  INTERFACE_SETTINGS,
  interfaceSettings,
} from './interface-options.ts';
import type { LiveEndpoint } from './store.ts';

export interface EndpointPlan {
  instance: string;
  live: LiveNetwork;
  request: EndpointRequest;
  /** eth0, eth1 … */
  position: number;
}

export function planEndpoint({ instance, live, request, position }: EndpointPlan): LiveEndpoint {
  const { network } = live;
  if (network.configOnly) throw forbidden('cannot create endpoint on configuration-only network');
  const v4 = spaceFor(live, 4, request.ipv4);
  const v6 = request.noIpv6 ? undefined : spaceFor(live, 6, request.ipv6);
  const ipv4 = v4 && takeAddress(v4, request.ipv4);
  let ipv6: string | undefined;
  try {
    ipv6 = v6 && takeAddress(v6, request.ipv6);
  } catch (error) {
    if (ipv4) v4.give(ipv4);
    throw error;
  }
  const mac =
    network.driver === 'ipvlan' ? '' : (request.mac?.toLowerCase().replaceAll('-', ':') ?? macFor(ipv4));
  const endpoint: Endpoint = {
    id: newId(),
    networkId: network.id,
    networkName: network.name,
    ipv4: ipv4 ?? '',
    prefix: ipv4 ? v4.subnet.prefix : 0,
    gateway: ipv4 && hasGateway(network) ? v4.exit : '',
    ...(ipv6 && v6 && { ipv6, prefix6: v6.subnet.prefix, gateway6: hasGateway(network) ? v6.exit : '' }),
    mac,
    device: deviceOf(network, request, position),
    aliases: request.aliases,
  };
  return { ...endpoint, request, link: linkOf(instance, live, endpoint, request) };
}

/** Of several subnets the one that the wanted address is in, else the first. */
function spaceFor(
  { spaces }: LiveNetwork,
  family: 4 | 6,
  wanted: string | undefined,
): AddressSpace | undefined {
  const candidates = spaces.filter(({ subnet }) => subnet.family === family);
  return candidates.find(({ subnet }) => wanted && contains(subnet, wanted)) ?? candidates[0];
}

const takeAddress = (space: AddressSpace, wanted: string | undefined): string =>
  wanted ? space.claim(wanted) : space.take();

export function freeEndpoint(live: LiveNetwork | undefined, endpoint: Endpoint): void {
  for (const address of [endpoint.ipv4, endpoint.ipv6]) {
    if (address) live?.spaces.find(({ subnet }) => contains(subnet, address))?.give(address);
  }
}

/** A number that no link's name ends in. */
export function freePosition(endpoints: Pick<Endpoint, 'device'>[]): number {
  const taken = new Set(endpoints.map(({ device }) => Number(/\d+$/.exec(device)?.[0] ?? -1)));
  for (let position = 0; ; position++) if (!taken.has(position)) return position;
}

/** Containers of an internal network get no way out; nor do those of a macvlan that has no parent on the host. */
const hasGateway = ({ internal, driver, options }: Network): boolean =>
  !internal && (driver === 'bridge' || Boolean(options.parent));

/** Locally administered, and made of the address, so that neighbours' caches stay right when it is used again. */
function macFor(ipv4: string | undefined): string {
  const tail = ipv4 ? addressBytes(ipv4) : randomBytes(4);
  return ['02', '42', ...[...tail].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/** What the endpoint asks for, or the next of the network's kind. */
const deviceOf = ({ options }: Network, { driverOptions }: EndpointRequest, position: number): string =>
  driverOptions?.[INTERFACE_NAME] || `${options[INTERFACE_PREFIX] || 'eth'}${position}`;

function linkOf(
  instance: string,
  { network, device, filtered = false }: LiveNetwork,
  endpoint: Endpoint,
  request: EndpointRequest,
): LinkSpec {
  const { driver, options } = network;
  const mtu = mtuOption(options);
  return {
    ...kindOf(driver, options),
    host: `${filtered ? filteredPrefix(instance) : `${instance}-v`}${endpoint.id.slice(0, 5)}`,
    bridge: device,
    isolated: !filtered && !flagOption(options, 'com.docker.network.bridge.enable_icc', true),
    ...(mtu && { mtu }),
    device: endpoint.device,
    mac: endpoint.mac,
    addresses: [
      ...(endpoint.ipv4 ? [`${endpoint.ipv4}/${endpoint.prefix}`] : []),
      ...(endpoint.ipv6 ? [`${endpoint.ipv6}/${endpoint.prefix6}`] : []),
      ...(request.linkLocal ?? []).map((address) => `${address}/${familyOf(address) === 4 ? 16 : 64}`),
    ],
    settings: interfaceSettings(request.driverOptions?.[INTERFACE_SETTINGS] ?? ''),
    gateways: [endpoint.gateway, endpoint.gateway6 ?? ''].filter((gateway) => gateway !== ''),
  };
}

function kindOf(driver: Network['driver'], options: Network['options']): Pick<LinkSpec, 'kind' | 'mode'> {
  if (driver === 'macvlan')
    return { kind: driver, mode: MACVLAN_MODES[options.macvlan_mode || 'bridge'] ?? 0 };
  if (driver === 'ipvlan') return { kind: driver, mode: IPVLAN_FLAGS[options.ipvlan_flag || 'bridge'] ?? 0 };
  return { kind: 'veth', mode: 0 };
}
