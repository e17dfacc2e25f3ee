/** Links of a container: a veth pair between its namespace and a bridge (or a link over a parent), its addresses and default routes. */
import { closeSync, openSync } from 'node:fs';
import { inNetworkNamespace } from '../../kernel/namespace.ts';
import { addAddress, addRoute, deleteRoute, listRoutes } from '../../kernel/netlink/address.ts';
import {
  createChild,
  createVeth,
  deleteLink,
  findLink,
  listLinks,
  raiseLink,
  renameLink,
  setMasters,
} from '../../kernel/netlink/link.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../kernel/netlink/socket.ts';
import { addressBytes } from '../addressing/address.ts';
import { interfaceAddress, writeSetting } from './bridge.ts';
import type { LinkSpec } from './calls.ts';
import type { Kernel } from './kernel.ts';

/** Joins the living namespace at `path` to a network. */
export function attach(kernel: Kernel, path: string, link: LinkSpec): void {
  withRoute(kernel, path, (route) => {
    if (link.addresses.some((address) => address.includes(':')))
      writeSettingIn(kernel, path, 'ipv6/conf/default/disable_ipv6', '0');
    attachWith(kernel, path, route, link);
  });
}

/** `inside` speaks to the namespace at `path`. All that has to be told in there goes in one send. */
export function attachWith(kernel: Kernel, path: string, inside: NetlinkSocket, link: LinkSpec): void {
  const namespace = openSync(path, 'r');
  let made: string;
  try {
    made = createLink(kernel, namespace, link);
  } finally {
    closeSync(namespace);
  }
  // The kernel chooses the index, unless the host's end is given one too (veth.c).
  const index = findLink(inside, made)?.index ?? 0;
  inside.request([
    ...(made === link.device ? [] : [renameLink(index, link.device)]),
    raiseLink(index),
    ...link.addresses.map((cidr) => addAddress(interfaceAddress(index, cidr))),
    ...link.gateways.map((gateway) => defaultRoute(index, gateway)),
  ]);
  for (const { family, group, key, value } of link.settings ?? [])
    writeSettingIn(kernel, path, `${family}/${group}/${link.device}/${key}`, value);
}

/**
 * Returns the name that it has inside. A link over a parent is made under one that nothing else has: the kernel looks
 * for it among the host's links (rtnetlink.c, before Linux 6.15), where there may well be an `eth0`.
 */
function createLink(kernel: Kernel, namespace: number, link: LinkSpec): string {
  const { kind, device, mac, host, mtu, isolated, mode } = link;
  const over = findLink(kernel.route, link.bridge)?.index ?? 0;
  if (kind !== 'veth') {
    createChild(kernel.route, { kind, parent: over, name: host, mode, namespace, ...(mac && { mac }) });
    return host;
  }
  createVeth(kernel.route, { host, bridge: over, mtu, isolated, peer: { name: device, mac, namespace } });
  return device;
}

const defaultRoute = (index: number, gateway: string) =>
  addRoute({ prefix: 0, gateway: addressBytes(gateway), index });

/** Taking the inner end away takes the pair away. Idempotent. */
export function detach(kernel: Kernel, path: string, device: string): void {
  withRoute(kernel, path, (route) => {
    const link = findLink(route, device);
    if (link) deleteLink(route, link.index);
  });
}

export function putBack(kernel: Kernel, links: Pick<LinkSpec, 'host' | 'bridge' | 'isolated'>[]): void {
  const known = new Map(listLinks(kernel.route).map((link) => [link.name, link]));
  const lost = links.flatMap(({ host, bridge, isolated }) => {
    const [link, over] = [known.get(host), known.get(bridge)];
    return link && over && link.master !== over.index
      ? [{ index: link.index, host, bridge: over.index, isolated }]
      : [];
  });
  setMasters(kernel.route, lost);
}

/** Replaces all default routes of the namespace. */
export function setDefaultRoutes(
  kernel: Kernel,
  path: string,
  routes: { device: string; gateway: string }[],
): void {
  withRoute(kernel, path, (route) => {
    const old = listRoutes(route).filter((found) => found.prefix === 0 && found.gateway);
    const wanted = routes.map(({ device, gateway }) =>
      defaultRoute(findLink(route, device)?.index ?? 0, gateway),
    );
    route.request([...old.map(deleteRoute), ...wanted]);
  });
}

export function withRoute<T>(kernel: Kernel, path: string, use: (route: NetlinkSocket) => T): T {
  const route = inNetworkNamespace(path, kernel.home, () => new NetlinkSocket(NETLINK_ROUTE));
  try {
    return use(route);
  } finally {
    route.close();
  }
}

function writeSettingIn(kernel: Kernel, path: string, name: string, value: string): void {
  inNetworkNamespace(path, kernel.home, () => writeSetting(name, value));
}
