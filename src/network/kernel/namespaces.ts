/** Makes a container's namespace ready in one go: loopback, the resolver's sockets at 127.0.0.11, and its first link. */
import {
  createNetworkNamespace,
  inNetworkNamespace,
  removeNetworkNamespace,
} from '../../kernel/namespace.ts';
import { raiseLink } from '../../kernel/netlink/link.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../../kernel/netlink/socket.ts';
import { closeResolver, openResolverSockets, redirectResolver } from '../dns/sockets.ts';
import { attachWith } from './attach.ts';
import { writeSetting } from './bridge.ts';
import type { MadeNamespace, NamespaceSpec, ResolverSockets } from './calls.ts';
import type { Kernel } from './kernel.ts';

const LOOPBACK = 1;

export function makeNamespace(kernel: Kernel, { path, link, ipv6 }: NamespaceSpec): MadeNamespace {
  const made = createNetworkNamespace(path, kernel.home, () => {
    // Links made from now on; loopback keeps its ::1, as Docker has it.
    if (!ipv6) writeSetting('ipv6/conf/default/disable_ipv6', '1');
    return furnish();
  });
  try {
    if (link) attachWith(kernel, path, made.route, link);
    return made.sockets;
  } catch (error) {
    closeResolver(made.sockets);
    removeNetworkNamespace(path);
    throw error;
  } finally {
    made.route.close();
  }
}

/** Runs in the new namespace. */
function furnish(): { route: NetlinkSocket; sockets: ResolverSockets } {
  const route = new NetlinkSocket(NETLINK_ROUTE);
  route.request([raiseLink(LOOPBACK)]);
  const { sockets, ports } = openResolverSockets();
  const netfilter = new NetlinkSocket(NETLINK_NETFILTER);
  try {
    redirectResolver(netfilter, ports);
  } finally {
    netfilter.close();
  }
  return { route, sockets };
}

/** For a namespace that outlived the daemon that made it: new sockets, and the redirection put to their ports. */
export function openResolver(kernel: Kernel, path: string): ResolverSockets {
  return inNetworkNamespace(path, kernel.home, () => {
    const { sockets, ports } = openResolverSockets();
    const netfilter = new NetlinkSocket(NETLINK_NETFILTER);
    try {
      redirectResolver(netfilter, ports);
    } finally {
      netfilter.close();
    }
    return sockets;
  });
}

export function dropNamespaces(paths: string[]): void {
  for (const path of paths) removeNetworkNamespace(path);
}
