/** Checks what a network is asked to be, and completes it: subnets, gateways, options. In dockerd's words where clients match on them. */
import { forbidden, invalidArgument, messageOf, notFound } from '../../core/errors.ts';
import { contains, familyOf, overlap, parseSubnet, type Subnet, subnetText } from '../addressing/address.ts';
import { type AddressPool, freeSubnet, freeSubnet6 } from '../addressing/free-subnet.ts';
import type { IpamPool, Network, NetworkRequest } from '../network.ts';
import { checkOptions, gatewayMode } from './driver-options.ts';
import { blank, withGateway } from './predefined.ts';

const DRIVERS = ['bridge', 'macvlan', 'ipvlan'] as const;
/** As dockerd, which lets spaces pass: no control characters, and no path. */
const NAME = /^[^\p{Cc}/]+$/u;

export interface Surroundings {
  pools: AddressPool[];
  /** Subnets of the networks that there are. */
  ours: Subnet[];
  /** Subnets that this host has routes to. */
  host: Subnet[];
}

/** A network with an id, not yet made. */
export function completed(request: NetworkRequest, around: Surroundings): Network {
  const driver = driverOf(request);
  if (!NAME.test(request.name)) throw invalidArgument(`invalid network name ${JSON.stringify(request.name)}`);
  const network: Network = {
    ...blank(request.name, driver),
    internal: request.internal ?? false,
    attachable: request.attachable ?? false,
    ipv4: request.ipv4 ?? true,
    ipv6: request.ipv6 ?? false,
    options: request.options ?? {},
    labels: request.labels ?? {},
    ...(request.configFrom && { configFrom: request.configFrom }),
  };
  checkOptions(network);
  if (!network.ipv4 && !network.ipv6) throw invalidArgument('IPv4 or IPv6 must be enabled');
  const given = request.ipam?.pools ?? [];
  const pools = ([4, 6] as const).flatMap((family) => poolsOf(network, family, given, around));
  const { driver: ipam = 'default', options = {} } = request.ipam ?? {};
  return { ...network, ipam: { driver: ipam || 'default', options, pools } };
}

function driverOf({ driver = 'bridge' }: NetworkRequest): Network['driver'] {
  if (driver === 'host' || driver === 'null') {
    throw forbidden(`only one instance of "${driver}" network is allowed`);
  }
  const known = DRIVERS.find((name) => name === driver);
  if (!known) throw notFound(`plugin ${JSON.stringify(driver)} not found`);
  return known;
}

/** What was asked for, of one family; or one of our own choice. */
function poolsOf(network: Network, family: 4 | 6, given: IpamPool[], around: Surroundings): IpamPool[] {
  if (!(family === 4 ? network.ipv4 : network.ipv6)) return [];
  const asked = given.filter(({ subnet }) => subnet && familyOf(subnet) === family);
  if (asked.length > 1 && network.driver === 'bridge')
    throw forbidden("bridge driver doesn't support multiple subnets");
  // Who is the gateway of a network outside is for a person to say.
  const wantsGateway = network.driver === 'bridge' && gatewayMode(network.options, family) !== 'isolated';
  if (asked.length > 0) return apart(asked).map((pool) => checked(pool, around.ours, wantsGateway));
  const taken = [...around.ours, ...around.host];
  const bare = family === 4 ? given.find(({ subnet }) => !subnet) : undefined;
  const subnet = family === 4 ? freeSubnet(around.pools, taken) : freeSubnet6(around.pools, taken);
  return [checked({ ...bare, subnet: subnetText(subnet) }, [], wantsGateway)];
}

function apart(pools: IpamPool[]): IpamPool[] {
  const subnets = pools.map(({ subnet }) => subnetOf(subnet));
  const isOver = (one: Subnet, at: number) =>
    subnets.some((other, index) => index > at && overlap(one, other));
  if (subnets.some(isOver)) throw overlapping();
  return pools;
}

/** Without `wantsGateway` only one that was named is there. */
function checked(pool: IpamPool, ours: Subnet[], wantsGateway: boolean): IpamPool {
  const subnet = subnetOf(pool.subnet);
  if (ours.some((other) => overlap(other, subnet))) throw overlapping();
  if (pool.ipRange && !isWithin(subnetOf(pool.ipRange, 'ip-range'), subnet))
    throw invalid(`invalid ip-range ${pool.ipRange}: parent subnet ${pool.subnet} doesn't contain ip-range`);
  const addresses = { ...pool.auxAddresses, ...(pool.gateway && { gateway: pool.gateway }) };
  for (const [name, address] of Object.entries(addresses)) {
    const word = name === 'gateway' ? 'gateway' : 'auxiliary address';
    if (!isInside(subnet, address))
      throw invalid(`invalid ${word} ${address}: parent subnet ${pool.subnet} doesn't contain this address`);
  }
  return wantsGateway ? withGateway(pool) : pool;
}

function subnetOf(text: string, word = 'subnet'): Subnet {
  let subnet: Subnet;
  try {
    subnet = parseSubnet(text);
  } catch (error) {
    throw invalid(`invalid ${word} ${text}: ${messageOf(error)}`);
  }
  const proper = subnetText(subnet);
  if (!text.includes(':') && proper !== text)
    throw invalid(`invalid ${word} ${text}: it should be ${proper}`);
  return subnet;
}

const overlapping = () =>
  forbidden('invalid pool request: Pool overlaps with other one on this address space');

const isWithin = (inner: Subnet, outer: Subnet): boolean =>
  overlap(inner, outer) && inner.prefix >= outer.prefix;

function isInside(subnet: Subnet, address: string): boolean {
  try {
    return contains(subnet, address);
  } catch {
    return false;
  }
}

const invalid = (text: string) => invalidArgument(`invalid network config:\n${text}`);
