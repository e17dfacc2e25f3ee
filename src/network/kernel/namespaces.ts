/** Makes a container's namespace ready in one go: loopback, the resolver's sockets at 127.0.0.11, and its first link. */
import { errnoOf } from '../../core/errors.ts';
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
import type { NamespaceSpec, OpenResolver, ResolverPorts } from './calls.ts';
import type { Kernel } from './kernel.ts';

const LOOPBACK = 1;

export function makeNamespace(kernel: Kernel, { path, link, ipv6 }: NamespaceSpec): OpenResolver {
  const made = createNetworkNamespace(path, kernel.home, () => {
    // Links made from now on; loopback keeps its ::1, as Docker has it.
    if (!ipv6) writeSetting('ipv6/conf/default/disable_ipv6', '1');
    return furnish();
  });
  try {
    if (link) attachWith(kernel, path, made.route, link);
    return made.resolver;
  } catch (error) {
    closeResolver(made.resolver.sockets);
    removeNetworkNamespace(path);
    throw error;
  } finally {
    made.route.close();
  }
}

/** Runs in the new namespace. */
function furnish(): { route: NetlinkSocket; resolver: OpenResolver } {
  const route = new NetlinkSocket(NETLINK_ROUTE);
  route.request([raiseLink(LOOPBACK)]);
  const resolver = openResolverSockets();
  redirect(resolver.ports, true);
  return { route, resolver };
}

/** For a namespace that outlived the daemon that made it. If the container took the port meanwhile, 53 leads to another. */
export function openResolver(kernel: Kernel, path: string, ports: ResolverPorts): OpenResolver {
  return inNetworkNamespace(path, kernel.home, () => {
    try {
      return openResolverSockets(ports);
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw error;
      const resolver = openResolverSockets();
      redirect(resolver.ports, false);
      return resolver;
    }
  });
}

function redirect(ports: ResolverPorts, isFresh: boolean): void {
  const netfilter = new NetlinkSocket(NETLINK_NETFILTER);
  try {
    redirectResolver(netfilter, ports, isFresh);
  } finally {
    netfilter.close();
  }
}

export function dropNamespaces(paths: string[]): void {
  for (const path of paths) removeNetworkNamespace(path);
}
