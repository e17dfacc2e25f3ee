/** Hears of every link that goes from this network namespace, whoever takes it away: RTNLGRP_LINK, rtnetlink(7). */
import { packetSocket } from '../packet-socket.ts';
import { attributesOf, messagesOf, textOf } from './message.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './socket.ts';

const RTNLGRP_LINK = 1;
const RTM_DELLINK = 17;
const IFINFO = 16;
const IFLA_IFNAME = 3;
const AF_UNSPEC = 0;

/** `missed`: the kernel dropped messages, any link may be gone. */
export function watchLinks(onGone: (name: string) => void, missed: () => void): void {
  const netlink = new NetlinkSocket(NETLINK_ROUTE);
  netlink.subscribe(RTNLGRP_LINK);
  const socket = packetSocket(netlink.fd, (packet) => {
    for (const { type, body } of messagesOf(packet)) {
      // Of AF_BRIDGE it says that a port has left its bridge.
      if (type !== RTM_DELLINK || body[0] !== AF_UNSPEC) continue;
      onGone(textOf(attributesOf(body.subarray(IFINFO)).get(IFLA_IFNAME)));
    }
  });
  // ENOBUFS: netlink(7), "overruns".
  socket.on('error', missed);
}
