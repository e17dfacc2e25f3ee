/** Addresses and routes by rtnetlink(7). Addresses are bytes here: 4 of IPv4, 16 of IPv6. */
import { attribute, attributesOf, message, NLM, u32 } from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM = { NEWADDR: 20, DELADDR: 21, GETADDR: 22, NEWROUTE: 24, DELROUTE: 25, GETROUTE: 26 } as const;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, TABLE: 15 } as const;
/** Duplicate address detection takes a second and the address is ours alone: rtnetlink(7), `ifa_flags`. */
const IFA_F_NODAD = 2;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RTN_UNICAST = 1;

const familyOf = (address: Uint8Array): number => (address.length === 4 ? 2 : 10);

export interface InterfaceAddress {
  index: number;
  address: Uint8Array;
  prefix: number;
}

export interface Route {
  /** Absent: the default route. */
  destination?: Uint8Array;
  prefix: number;
  gateway?: Uint8Array;
  index: number;
}

function addressMessage(type: number, flags: number, { index, address, prefix }: InterfaceAddress): Buffer {
  const header = Buffer.alloc(8);
  header[0] = familyOf(address);
  header[1] = prefix;
  header[2] = address.length === 16 ? IFA_F_NODAD : 0;
  header.writeUInt32LE(index, 4);
  const broadcast =
    address.length === 4 && prefix < 31 ? [attribute(IFA.BROADCAST, lastOf(address, prefix))] : [];
  return message(
    type,
    flags,
    header,
    attribute(IFA.LOCAL, address),
    attribute(IFA.ADDRESS, address),
    ...broadcast,
  );
}

function lastOf(address: Uint8Array, prefix: number): Buffer {
  const last = Buffer.from(address);
  last.writeUInt32BE((last.readUInt32BE() | (0xffffffff >>> prefix)) >>> 0);
  return last;
}

export function addAddress(what: InterfaceAddress) {
  const text = message0('add address', what);
  return { attempted: text, message: addressMessage(RTM.NEWADDR, NLM.ACK | NLM.CREATE | NLM.REPLACE, what) };
}

export function deleteAddress(what: InterfaceAddress) {
  return { attempted: message0('delete address', what), message: addressMessage(RTM.DELADDR, NLM.ACK, what) };
}

function message0(verb: string, { index, address, prefix }: InterfaceAddress): string {
  const shown = address.length === 4 ? address.join('.') : Buffer.from(address).toString('hex');
  return `${verb} ${shown}/${prefix} on link ${index}`;
}

function routeMessage(type: number, flags: number, route: Route): Buffer {
  const header = Buffer.alloc(12);
  header[0] = familyOf(route.gateway ?? route.destination ?? new Uint8Array(4));
  header[1] = route.prefix;
  header[4] = RT_TABLE_MAIN;
  header[5] = RTPROT_STATIC;
  header[6] = route.gateway ? 0 : 253;
  header[7] = RTN_UNICAST;
  return message(
    type,
    flags,
    header,
    ...(route.destination ? [attribute(RTA.DST, route.destination)] : []),
    ...(route.gateway ? [attribute(RTA.GATEWAY, route.gateway)] : []),
    attribute(RTA.OIF, u32(route.index)),
  );
}

export function addRoute(route: Route) {
  const flags = NLM.ACK | NLM.CREATE | NLM.REPLACE;
  return { attempted: `add route on link ${route.index}`, message: routeMessage(RTM.NEWROUTE, flags, route) };
}

export function deleteRoute(route: Route) {
  return {
    attempted: `delete route on link ${route.index}`,
    message: routeMessage(RTM.DELROUTE, NLM.ACK, route),
  };
}

export function listAddresses(socket: NetlinkSocket): InterfaceAddress[] {
  return socket.dump('list addresses', message(RTM.GETADDR, 0, Buffer.alloc(8))).map(({ body }) => {
    const attributes = attributesOf(body.subarray(8));
    const address = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS) ?? Buffer.alloc(4);
    return { index: body.readUInt32LE(4), address, prefix: body[1] ?? 0 };
  });
}

/** Routes to networks, of all tables but the local one; broadcast and local routes left out. */
export function listRoutes(socket: NetlinkSocket): Route[] {
  return socket
    .dump('list routes', message(RTM.GETROUTE, 0, Buffer.alloc(12)))
    .filter(({ body }) => body[7] === RTN_UNICAST)
    .map(({ body }) => {
      const attributes = attributesOf(body.subarray(12));
      return {
        destination: attributes.get(RTA.DST),
        prefix: body[1] ?? 0,
        gateway: attributes.get(RTA.GATEWAY),
        index: attributes.get(RTA.OIF)?.readUInt32LE(0) ?? 0,
      };
    });
}
