/** Bridges on the host: made with their own MAC address, so that it does not follow the ports that come and go. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import {
  addAddress,
  deleteAddress,
  type InterfaceAddress,
  listAddresses,
  listRoutes,
} from '../../kernel/netlink/address.ts';
import { createBridge, deleteLink, findLink, raiseLink } from '../../kernel/netlink/link.ts';
import { addressBytes, addressText } from '../addressing/address.ts';
import type { BridgeSpec } from './calls.ts';
import type { Kernel } from './kernel.ts';

export function ensureBridge(kernel: Kernel, spec: BridgeSpec): boolean {
  const before = findLink(kernel.route, spec.name);
  if (!before) createBridge(kernel.route, spec);
  const index = (before ?? findLink(kernel.route, spec.name))?.index ?? 0;
  const ipv6 = spec.addresses.some((address) => address.includes(':'));
  // It would make sure for a second or two that nobody has its link-local address, and look for no container meanwhile.
  writeSetting(`ipv6/conf/${spec.name}/accept_dad`, '0');
  writeSetting(`ipv6/conf/${spec.name}/disable_ipv6`, ipv6 ? '0' : '1');
  // Connections of this host to 127.0.0.1 that are translated to a container leave by the bridge: ip-sysctl, route_localnet.
  writeSetting(`ipv4/conf/${spec.name}/route_localnet`, '1');
  const stale = before && !spec.adopted ? staleAddresses(kernel, index, spec.addresses) : [];
  kernel.route.request([
    ...stale.map(deleteAddress),
    ...spec.addresses.map((cidr) => addAddress(interfaceAddress(index, cidr))),
    raiseLink(index),
  ]);
  return before === undefined;
}

/** Of another subnet that the bridge had, under other flags say. Link-local ones are the kernel's. */
function staleAddresses(kernel: Kernel, index: number, wanted: string[]): InterfaceAddress[] {
  return listAddresses(kernel.route).filter(({ index: link, address, prefix }) => {
    const text = addressText(address);
    return link === index && !text.startsWith('fe80:') && !wanted.includes(`${text}/${prefix}`);
  });
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
  try {
    if (link) deleteLink(kernel.route, link.index);
  } catch (error) {
    // The kernel was quicker: the other end's namespace has gone.
    if (errnoOf(error) !== 'ENODEV') throw error;
  }
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

/** Makes a router of this host, which containers need to reach beyond it. */
export function enableForwarding(family: 4 | 6): void {
  if (family === 4) {
    writeSetting('ipv4/ip_forward', '1');
    return;
  }
  const links = readdirSync('/proc/sys/net/ipv6/conf').filter((link) => link !== 'all');
  // A router ignores other routers' advertisements, and this host would lose its own route: 2 is "nevertheless" (ip-sysctl).
  for (const link of links)
    if (readSetting(`ipv6/conf/${link}/accept_ra`) === '1') writeSetting(`ipv6/conf/${link}/accept_ra`, '2');
  writeSetting('ipv6/conf/all/forwarding', '1');
}

function readSetting(name: string): string {
  return readFileSync(`/proc/sys/net/${name}`, 'utf8').trim();
}

/** Settings that are so already are left alone: /proc/sys may be read-only then. */
export function writeSetting(name: string, value: string): void {
  const path = `/proc/sys/net/${name}`;
  try {
    if (readSetting(name) !== value) writeFileSync(path, value);
  } catch (error) {
    // A kernel without IPv6 has nothing to set.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
