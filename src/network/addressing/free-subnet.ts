/** Chooses a subnet for a network that names none: the first of the pools that nothing on this host uses. */
import { randomBytes } from 'node:crypto';
import { EngineError } from '../../core/errors.ts';
import { addressText, bitsOf, familyOf, overlap, parseSubnet, type Subnet } from './address.ts';

/** As `default-address-pools` of dockerd: a range to cut into subnets of `size` bits. */
export interface AddressPool {
  base: string;
  size: number;
}

/** Those of dockerd. */
export const DEFAULT_POOLS: AddressPool[] = [
  { base: '172.17.0.0/16', size: 16 },
  { base: '172.18.0.0/16', size: 16 },
  { base: '172.19.0.0/16', size: 16 },
  { base: '172.20.0.0/14', size: 16 },
  { base: '172.24.0.0/14', size: 16 },
  { base: '172.28.0.0/14', size: 16 },
  { base: '192.168.0.0/16', size: 20 },
];

/** `taken`: the subnets of networks and of the host's routes. Throws `forbidden`, as dockerd does, when all are in use. */
export function freeSubnet(pools: AddressPool[], taken: Subnet[], family: 4 | 6 = 4): Subnet {
  for (const pool of pools) {
    const range = parseSubnet(pool.base);
    if (range.family !== family) continue;
    const found = freeIn(range, pool.size, taken);
    if (found) return found;
  }
  throw new EngineError('forbidden', 'all predefined address pools have been fully subnetted');
}

/** A /64 below a random prefix: RFC 4193, 3.2. Pools of IPv6 go first if there are any. */
export function freeSubnet6(pools: AddressPool[], taken: Subnet[]): Subnet {
  if (pools.some(({ base }) => familyOf(base) === 6)) return freeSubnet(pools, taken, 6);
  for (;;) {
    const bytes = Buffer.concat([Buffer.from([0xfd]), randomBytes(5), Buffer.alloc(10)]);
    const subnet = parseSubnet(`${addressText(bytes)}/64`);
    if (!taken.some((other) => overlap(other, subnet))) return subnet;
  }
}

function freeIn(range: Subnet, prefix: number, taken: Subnet[]): Subnet | undefined {
  const stride = 1n << BigInt(bitsOf(range.family) - prefix);
  const end = range.base + (1n << BigInt(bitsOf(range.family) - range.prefix));
  for (let base = range.base; base < end; base += stride) {
    const candidate: Subnet = { family: range.family, base, prefix };
    if (!taken.some((other) => overlap(candidate, other))) return candidate;
  }
  return undefined;
}
