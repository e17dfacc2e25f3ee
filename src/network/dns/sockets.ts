/**
 * The resolver's place in a container's namespace: 127.0.0.11, as images expect it of Docker. The sockets sit on ports
 * that the kernel chose, so that port 53 stays free for the container; a small table in the namespace turns 53 into
 * those and back, packet by packet, without connection tracking (which would cost every packet of the container).
 */
import { closeSocket, openListening, portOf } from '../../kernel/inet-socket.ts';
import type { NetlinkSocket } from '../../kernel/netlink/socket.ts';
import {
  destinationIn,
  destinationPort,
  protocolIs,
  rewritePort,
  sourceIn,
  sourcePort,
} from '../../kernel/nftables/expression.ts';
import { commit, FAMILY } from '../../kernel/nftables/request.ts';
import { addRule } from '../../kernel/nftables/rule.ts';
import { addChain, addTable, deleteTable, HOOK, PRIORITY } from '../../kernel/nftables/table.ts';
import { addressBytes } from '../addressing/address.ts';
import type { ResolverPorts, ResolverSockets } from '../kernel/calls.ts';
import { RESOLVER_ADDRESS } from '../network.ts';

const ADDRESS = addressBytes(RESOLVER_ADDRESS);
const DNS = 53;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** Call it in the namespace. `wanted`: the ports that it is known by there. */
export function openResolverSockets(wanted: ResolverPorts = { udp: 0, tcp: 0 }): {
  sockets: ResolverSockets;
  ports: ResolverPorts;
} {
  const udp = openListening({ protocol: 'udp', address: ADDRESS, port: wanted.udp });
  try {
    const tcp = openListening({ protocol: 'tcp', address: ADDRESS, port: wanted.tcp });
    return { sockets: { udp, tcp }, ports: { udp: portOf(udp), tcp: portOf(tcp) } };
  } catch (error) {
    closeSocket(udp);
    throw error;
  }
}

export function closeResolver({ udp, tcp }: ResolverSockets): void {
  closeSocket(udp);
  closeSocket(tcp);
}

/**
 * `netfilter` speaks to the namespace. What an earlier daemon put there is replaced only if there is any: the kernel
 * makes who deletes a table wait 10 ms when the socket is closed (nft_rcv_nl_event, which flushes the work).
 */
export function redirectResolver(netfilter: NetlinkSocket, ports: ResolverPorts, isFresh: boolean): void {
  const table = { family: FAMILY.ip, name: 'skiff-resolver' };
  const chain = { name: 'output', type: 'filter', hook: HOOK.output, priority: PRIORITY.raw } as const;
  const rules = (['udp', 'tcp'] as const).flatMap((protocol) => redirection(protocol, ports[protocol]));
  commit(netfilter, [
    ...(isFresh ? [] : [addTable(table), deleteTable(table)]),
    addTable(table),
    addChain(table, chain),
    ...rules.map((rule) => addRule(table, chain.name, rule)),
  ]);
}

function redirection(protocol: 'tcp' | 'udp', port: number) {
  const packet = protocolIs(PROTOCOLS[protocol]);
  return [
    [
      ...destinationIn(ADDRESS, 32),
      ...packet,
      ...destinationPort(DNS),
      ...rewritePort('destination', protocol, port),
    ],
    [...sourceIn(ADDRESS, 32), ...packet, ...sourcePort(port), ...rewritePort('source', protocol, DNS)],
  ];
}
