/** Bridges on the host: made with their own MAC address, so that it does not follow the ports that come and go. */
import { readFileSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { addAddress, listAddresses, listRoutes } from '../../kernel/netlink/address.ts';
import { createBridge, deleteLink, findLink, raiseLink } from '../../kernel/netlink/link.ts';
import { addressBytes, addressText } from '../addressing/address.ts';
import type { BridgeSpec } from './calls.ts';
import type { Kernel } from './kernel.ts';

export function ensureBridge(kernel: Kernel, spec: BridgeSpec): boolean {
  const before = findLink(kernel.route, spec.name);
  if (!before) createBridge(kernel.route, spec);
  const index = (before ?? findLink(kernel.route, spec.name))?.index ?? 0;
  const ipv6 = spec.addresses.some((address) => address.includes(':'));
  writeSetting(`ipv6/conf/${spec.name}/disable_ipv6`, ipv6 ? '0' : '1');
  // Connections of this host to 127.0.0.1 that are translated to a container leave by the bridge: ip-sysctl, route_localnet.
  writeSetting(`ipv4/conf/${spec.name}/route_localnet`, '1');
  kernel.route.request([
    ...spec.addresses.map((cidr) => addAddress(interfaceAddress(index, cidr))),
    raiseLink(index),
  ]);
  return before === undefined;
}

export function interfaceAddress(index: number, cidr: string) {
  const [address = '', prefix = ''] = cidr.split('/');
  return { index, address: addressBytes(address), prefix: Number(prefix) };
}

export function linkExists(kernel: Kernel, name: string): boolean {
  return findLink(kernel.route, name) !== undefined;
}

/** Idempotent. */
export function removeLink(kernel: Kernel, name: string): void {
  const link = findLink(kernel.route, name);
  if (link) deleteLink(kernel.route, link.index);
}

export function usedSubnets(kernel: Kernel, except: string): string[] {
  const own = findLink(kernel.route, except)?.index;
  const routes = listRoutes(kernel.route)
    .filter((route) => route.destination && route.prefix > 0 && route.index !== own)
    .map((route) => `${addressText(route.destination ?? Buffer.alloc(4))}/${route.prefix}`);
  const addresses = listAddresses(kernel.route)
    .filter((address) => address.index !== own)
    .map((address) => `${addressText(address.address)}/${address.prefix}`);
  return [...new Set([...routes, ...addresses])];
}

/** Makes a router of this host, which containers need to reach beyond it. Links that take their IPv6 route from a router keep doing so. */
export function enableForwarding(): void {
  writeSetting('ipv4/ip_forward', '1');
}

/** Settings that are so already are left alone: /proc/sys may be read-only then. */
export function writeSetting(name: string, value: string): void {
  const path = `/proc/sys/net/${name}`;
  try {
    if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
  } catch (error) {
    // A kernel without IPv6 has nothing to set.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
