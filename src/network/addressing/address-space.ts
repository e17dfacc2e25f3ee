/** The addresses of one pool of a network: which are free. Nothing is stored: what is taken is told by the endpoints. */
import { conflict, EngineError, forbidden } from '../../core/errors.ts';
import type { IpamPool, SubnetUsage } from '../network.ts';
import {
  addressNumber,
  bitsOf,
  contains,
  numberText,
  parseSubnet,
  type Subnet,
  sizeOf,
  subnetText,
} from './address.ts';

export class AddressSpace {
  readonly subnet: Subnet;
  /** '': this host has no address there. */
  readonly gateway: string;
  /** What containers have as default gateway: the same, unless the daemon's flags say otherwise. */
  readonly exit: string;
  readonly #range: Subnet;
  readonly #taken = new Set<bigint>();
  /** Goes round, so that an address just given back rests before its neighbours' caches meet it again. */
  #next: bigint;

  constructor(pool: IpamPool) {
    this.subnet = parseSubnet(pool.subnet);
    this.#range = pool.ipRange ? parseSubnet(pool.ipRange) : this.subnet;
    this.gateway = pool.gateway ?? '';
    const { DefaultGatewayIPv4, DefaultGatewayIPv6 } = pool.auxAddresses ?? {};
    this.exit = (this.subnet.family === 4 ? DefaultGatewayIPv4 : DefaultGatewayIPv6) ?? this.gateway;
    this.#next = this.#range.base;
    this.#reserveEnds();
    if (this.gateway) this.#taken.add(addressNumber(this.gateway));
    for (const address of Object.values(pool.auxAddresses ?? {})) this.#taken.add(addressNumber(address));
  }

  /** Throws when the range is used up, in Docker's words. */
  take(): string {
    const size = sizeOf(this.#range);
    const tries = size < BigInt(this.#taken.size + 1) ? size : BigInt(this.#taken.size + 1);
    for (let i = 0n; i <= tries; i++) {
      const candidate = this.#range.base + ((this.#next - this.#range.base) % size);
      this.#next = candidate + 1n;
      if (this.#taken.has(candidate)) continue;
      this.#taken.add(candidate);
      return numberText(this.subnet.family, candidate);
    }
    throw new EngineError(
      'unavailable',
      `no available IPv${this.subnet.family} addresses on this network's address pools`,
    );
  }

  /** One that was asked for. */
  claim(address: string): string {
    if (!contains(this.subnet, address))
      throw forbidden(`no configured subnet contains IP address ${address}`);
    const number = addressNumber(address);
    if (this.#taken.has(number)) throw conflict('Address already in use');
    this.#taken.add(number);
    return numberText(this.subnet.family, number);
  }

  /** `given`: addresses taken that nobody uses yet. */
  usage(given: number): SubnetUsage {
    const inUse = this.#taken.size - given;
    const end = this.#range.base + sizeOf(this.#range);
    const taken = [...this.#taken].filter((address) => address >= this.#range.base && address < end);
    return {
      subnet: subnetText(this.subnet),
      inUse,
      available: Number(sizeOf(this.#range)) - taken.length + given,
    };
  }

  give(address: string): void {
    this.#taken.delete(addressNumber(address));
  }

  /** Network and broadcast address of IPv4; the subnet-router anycast address of IPv6 (RFC 4291, 2.6.1). */
  #reserveEnds(): void {
    const { base, prefix, family } = this.subnet;
    if (prefix >= bitsOf(family) - 1) return;
    this.#taken.add(base);
    if (family === 4) this.#taken.add(base + sizeOf(this.subnet) - 1n);
  }
}
