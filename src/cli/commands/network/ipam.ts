// Sorts gateways, ranges and reserved addresses to the subnets that they lie in.

import { BlockList, isIPv6 } from 'node:net';

export interface IpamFlags {
  readonly subnets: readonly string[];
  readonly ranges: readonly string[];
  readonly gateways: readonly string[];
  readonly auxiliary: Readonly<Record<string, string>>;
}

export interface IpamPool {
  Subnet: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

export function ipamPools(flags: IpamFlags): IpamPool[] {
  if (flags.subnets.length < flags.ranges.length || flags.subnets.length < flags.gateways.length) {
    throw new Error('every ip-range or gateway must have a corresponding subnet');
  }
  refuseOverlaps(flags.subnets);
  const pools = flags.subnets.map((Subnet): IpamPool => ({ Subnet }));
  for (const range of flags.ranges) assignRange(pools, range);
  for (const gateway of flags.gateways) assignGateway(pools, gateway);
  for (const [name, address] of Object.entries(flags.auxiliary)) {
    const pool = poolOf(pools, address) ?? fail(`no matching subnet for aux-address ${address}`);
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [name]: address };
  }
  return pools;
}

function refuseOverlaps(subnets: readonly string[]): void {
  const overlap = subnets.some((subnet, index) =>
    subnets
      .slice(0, index)
      .some(
        (other) => poolOf([{ Subnet: subnet }], base(other)) ?? poolOf([{ Subnet: other }], base(subnet)),
      ),
  );
  if (overlap) fail('multiple overlapping subnet configuration is not supported');
}

function base(subnet: string): string {
  return subnet.replace(/\/.*/, '');
}

function assignRange(pools: readonly IpamPool[], range: string): void {
  const pool = poolOf(pools, base(range)) ?? fail(`no matching subnet for range ${range}`);
  if (pool.IPRange)
    fail(`cannot configure multiple ranges (${range}, ${pool.IPRange}) on the same subnet (${pool.Subnet})`);
  pool.IPRange = range;
}

function assignGateway(pools: readonly IpamPool[], gateway: string): void {
  const pool = poolOf(pools, gateway) ?? fail(`no matching subnet for gateway ${gateway}`);
  if (pool.Gateway) {
    fail(
      `cannot configure multiple gateways (${gateway}, ${pool.Gateway}) for the same subnet (${pool.Subnet})`,
    );
  }
  pool.Gateway = gateway;
}

function poolOf(pools: readonly IpamPool[], address: string): IpamPool | undefined {
  const kind = isIPv6(address) ? 'ipv6' : 'ipv4';
  return pools.find(({ Subnet }) => {
    const [base = '', bits = ''] = Subnet.split('/');
    if ((isIPv6(base) ? 'ipv6' : 'ipv4') !== kind) return false;
    const members = new BlockList();
    try {
      members.addSubnet(base, Number(bits), kind);
      return members.check(address, kind);
    } catch (error) {
      throw new Error(`invalid CIDR block or address: ${Subnet}, ${address}`, { cause: error });
    }
  });
}

function fail(message: string): never {
  throw new Error(message);
}
