/** IP addresses and subnets: text as people write it, bytes as the kernel takes them, numbers to count with. */
import { isIPv4, isIPv6 } from 'node:net';
import { invalidArgument } from '../../core/errors.ts';

export type IpFamily = 4 | 6;

export interface Subnet {
  family: IpFamily;
  /** The first address, as a number. */
  base: bigint;
  prefix: number;
}

export const bitsOf = (family: IpFamily): number => (family === 4 ? 32 : 128);

/** 4 or 16 bytes. Throws `invalid-argument` in Docker's words. */
export function addressBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (isIPv6(text) && !text.includes('%')) return ipv6Bytes(text);
  throw invalidArgument(`invalid IP address ${JSON.stringify(text)}`);
}

function ipv6Bytes(text: string): Buffer {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain = dotted ? `${dotted[1]}${ipv4Groups(dotted[2] ?? '')}` : text;
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const bytes = Buffer.alloc(16);
  [...left, ...zeros, ...right].forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  });
  return bytes;
}

function ipv4Groups(text: string): string {
  const bytes = Buffer.from(text.split('.').map(Number));
  return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}

/** The canonical text (RFC 5952 for IPv6). */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

export function addressNumber(text: string): bigint {
  return BigInt(`0x${addressBytes(text).toString('hex')}`);
}

export function numberText(family: IpFamily, value: bigint): string {
  return addressText(Buffer.from(value.toString(16).padStart(bitsOf(family) / 4, '0'), 'hex'));
}

export function familyOf(text: string): IpFamily {
  return text.includes(':') ? 6 : 4;
}

/** `10.1.0.0/16`; host bits are cleared. Throws `invalid-argument`. */
export function parseSubnet(text: string): Subnet {
  const [address = '', length = ''] = text.split('/');
  const prefix = Number(length);
  const family = familyOf(address);
  if (!/^\d{1,3}$/.test(length) || prefix > bitsOf(family) || !(isIPv4(address) || isIPv6(address)))
    throw invalidArgument(`invalid CIDR address: ${text}`);
  return { family, base: firstOf(addressNumber(address), family, prefix), prefix };
}

export function subnetText({ family, base, prefix }: Subnet): string {
  return `${numberText(family, base)}/${prefix}`;
}

function firstOf(address: bigint, family: IpFamily, prefix: number): bigint {
  const host = BigInt(bitsOf(family) - prefix);
  return (address >> host) << host;
}

export function sizeOf({ family, prefix }: Subnet): bigint {
  return 1n << BigInt(bitsOf(family) - prefix);
}

export function contains(subnet: Subnet, address: string): boolean {
  if (familyOf(address) !== subnet.family) return false;
  return firstOf(addressNumber(address), subnet.family, subnet.prefix) === subnet.base;
}

export function overlap(a: Subnet, b: Subnet): boolean {
  if (a.family !== b.family) return false;
  const prefix = Math.min(a.prefix, b.prefix);
  return firstOf(a.base, a.family, prefix) === firstOf(b.base, b.family, prefix);
}
