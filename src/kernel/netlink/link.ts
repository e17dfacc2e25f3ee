/** Links by rtnetlink(7): bridges, veth pairs, links over a parent; and what of them there is. */
import { attribute, attributesOf, message, NLM, nested, text, textOf, u32 } from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM = { NEWLINK: 16, DELLINK: 17, GETLINK: 18, SETLINK: 19 } as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  LINKINFO: 18,
  NET_NS_FD: 28,
} as const;
const INFO = { KIND: 1, DATA: 2 } as const;
const VETH_PEER = 1;
const BRPORT = { HAIRPIN: 4, ISOLATED: 33 } as const;
const AF_BRIDGE = 7;
const IFF_UP = 1;

export interface Link {
  index: number;
  name: string;
  /** `bridge`, `veth` …; '' for hardware. */
  kind: string;
  up: boolean;
  mac: string;
  /** Index of the bridge it is a port of; 0: none. */
  master: number;
}

/** struct ifinfomsg. */
function ifinfo(index: number, flags = 0, change = 0, family = 0): Buffer {
  const buffer = Buffer.alloc(16);
  buffer[0] = family;
  buffer.writeInt32LE(index, 4);
  buffer.writeUInt32LE(flags, 8);
  buffer.writeUInt32LE(change, 12);
  return buffer;
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex');
}

function macText(bytes: Buffer | undefined): string {
  return bytes ? [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':') : '';
}

export function createBridge(
  route: NetlinkSocket,
  bridge: { name: string; mac?: string; mtu?: number },
): void {
  const body = [
    ifinfo(0, IFF_UP, IFF_UP),
    attribute(IFLA.IFNAME, text(bridge.name)),
    ...(bridge.mac ? [attribute(IFLA.ADDRESS, macBytes(bridge.mac))] : []),
    ...(bridge.mtu ? [attribute(IFLA.MTU, u32(bridge.mtu))] : []),
    nested(IFLA.LINKINFO, attribute(INFO.KIND, text('bridge'))),
  ];
  const flags = NLM.ACK | NLM.CREATE | NLM.EXCL;
  route.request([
    { attempted: `create bridge ${bridge.name}`, message: message(RTM.NEWLINK, flags, ...body) },
  ]);
}

export interface VethPair {
  /** This end stays, up and a port of the bridge. */
  host: string;
  bridge: number;
  mtu?: number;
  /** Ports that are isolated reach the bridge but not each other. */
  isolated: boolean;
  /** The end in the namespace behind `namespace`, a descriptor. It cannot be made up: raise it from in there. */
  peer: { name: string; mac: string; namespace: number };
}

export function createVeth(route: NetlinkSocket, pair: VethPair): void {
  const mtu = pair.mtu ? [attribute(IFLA.MTU, u32(pair.mtu))] : [];
  const peer = nested(
    VETH_PEER,
    ifinfo(0),
    attribute(IFLA.IFNAME, text(pair.peer.name)),
    attribute(IFLA.ADDRESS, macBytes(pair.peer.mac)),
    attribute(IFLA.NET_NS_FD, u32(pair.peer.namespace)),
    ...mtu,
  );
  const body = [
    ifinfo(0, IFF_UP, IFF_UP),
    attribute(IFLA.IFNAME, text(pair.host)),
    attribute(IFLA.MASTER, u32(pair.bridge)),
    ...mtu,
    nested(IFLA.LINKINFO, attribute(INFO.KIND, text('veth')), nested(INFO.DATA, peer)),
  ];
  const flags = NLM.ACK | NLM.CREATE | NLM.EXCL;
  route.request([{ attempted: `create veth ${pair.host}`, message: message(RTM.NEWLINK, flags, ...body) }]);
  setPort(route, pair);
}

function setPort(route: NetlinkSocket, { host, isolated }: VethPair): void {
  route.request([portRequest({ index: findLink(route, host)?.index ?? 0, host, isolated })]);
}

/**
 * Hairpin: with br_netfilter a container that calls its own published port is sent back out of the port it came in by,
 * which a bridge refuses otherwise (br_netfilter_hooks.c, "bridged DNAT").
 */
function portRequest({ index, host, isolated }: { index: number; host: string; isolated: boolean }) {
  const settings = [
    attribute(BRPORT.HAIRPIN, Buffer.from([1])),
    attribute(BRPORT.ISOLATED, Buffer.from([isolated ? 1 : 0])),
  ];
  const body = [ifinfo(index, 0, 0, AF_BRIDGE), nested(IFLA.PROTINFO, ...settings)];
  return { attempted: `set bridge port ${host}`, message: message(RTM.SETLINK, NLM.ACK, ...body) };
}

/** Links that are there become ports of bridges, all in one send. */
export function setMasters(
  route: NetlinkSocket,
  ports: (Pick<VethPair, 'host' | 'bridge' | 'isolated'> & { index: number })[],
): void {
  const requests = ports.flatMap((port) => {
    const body = [ifinfo(port.index), attribute(IFLA.MASTER, u32(port.bridge))];
    const join = {
      attempted: `make ${port.host} a bridge port`,
      message: message(RTM.NEWLINK, NLM.ACK, ...body),
    };
    return [join, portRequest(port)];
  });
  route.request(requests);
}

/** A link that lives on another one. */
export interface ChildLink {
  kind: 'macvlan' | 'ipvlan' | 'vlan';
  parent: number;
  name: string;
  /** An ipvlan has its parent's. */
  mac?: string;
  /** A descriptor: it is made straight in that namespace. */
  namespace?: number;
  /** Macvlan: a bit of linux/if_link.h's macvlan_mode; ipvlan: a flag of its ports; vlan: its id. */
  mode: number;
}

/** linux/if_link.h: the attribute that `mode` is, and its bytes. */
const CHILD = {
  macvlan: { type: 1, size: 4 },
  ipvlan: { type: 2, size: 2 },
  vlan: { type: 1, size: 2 },
} as const;

/** Throws with EOPNOTSUPP where the kernel has no links of that kind. */
export function createChild(route: NetlinkSocket, link: ChildLink): void {
  const { type, size } = CHILD[link.kind];
  const body = [
    ifinfo(0),
    attribute(IFLA.IFNAME, text(link.name)),
    attribute(IFLA.LINK, u32(link.parent)),
    ...(link.mac ? [attribute(IFLA.ADDRESS, macBytes(link.mac))] : []),
    ...(link.namespace === undefined ? [] : [attribute(IFLA.NET_NS_FD, u32(link.namespace))]),
    nested(
      IFLA.LINKINFO,
      attribute(INFO.KIND, text(link.kind)),
      nested(INFO.DATA, attribute(type, u32(link.mode).subarray(0, size))),
    ),
  ];
  const flags = NLM.ACK | NLM.CREATE | NLM.EXCL;
  route.request([
    { attempted: `create ${link.kind} ${link.name}`, message: message(RTM.NEWLINK, flags, ...body) },
  ]);
}

/** As a request, so that addresses and routes can go in the same send. */
export function raiseLink(index: number) {
  return {
    attempted: `raise link ${index}`,
    message: message(RTM.NEWLINK, NLM.ACK, ifinfo(index, IFF_UP, IFF_UP)),
  };
}

/** Only while it is down. */
export function renameLink(index: number, name: string) {
  return {
    attempted: `rename link ${index} to ${name}`,
    message: message(RTM.NEWLINK, NLM.ACK, ifinfo(index), attribute(IFLA.IFNAME, text(name))),
  };
}

export function deleteLink(route: NetlinkSocket, index: number): void {
  route.request([
    { attempted: `delete link ${index}`, message: message(RTM.DELLINK, NLM.ACK, ifinfo(index)) },
  ]);
}

export function listLinks(route: NetlinkSocket): Link[] {
  return route.dump('list links', message(RTM.GETLINK, 0, ifinfo(0))).map((answer) => linkOf(answer.body));
}

export function findLink(route: NetlinkSocket, name: string): Link | undefined {
  const request = message(RTM.GETLINK, 0, ifinfo(0), attribute(IFLA.IFNAME, text(name)));
  const answer = route.get(`find link ${name}`, request);
  return answer && linkOf(answer.body);
}

function linkOf(body: Buffer): Link {
  const attributes = attributesOf(body.subarray(16));
  const info = attributesOf(attributes.get(IFLA.LINKINFO) ?? Buffer.alloc(0));
  return {
    index: body.readInt32LE(4),
    name: textOf(attributes.get(IFLA.IFNAME)),
    kind: textOf(info.get(INFO.KIND)),
    up: (body.readUInt32LE(8) & IFF_UP) !== 0,
    mac: macText(attributes.get(IFLA.ADDRESS)),
    master: attributes.get(IFLA.MASTER)?.readUInt32LE(0) ?? 0,
  };
}
