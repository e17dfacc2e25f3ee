/**
 * The instance's nftables table as data: what it says for the networks that there are. One table, so that it is
 * replaced in one transaction. It accepts nothing that another table denies (a drop anywhere is final: nft(8)).
 */
import {
  accept,
  CT_STATE,
  destinationIn,
  destinationNat,
  drop,
  type Expression,
  inInterface,
  inInterfaceOf,
  isIpv4,
  isIpv6,
  isMemberOf,
  loadDestination,
  loadDestinationPort,
  loadProtocol,
  masquerade,
  outInterface,
  outInterfaceOf,
  protocolIs,
  R,
  r32,
  sourceIn,
  sourceNat,
  stateIs,
  toThisHost,
  translate,
  wasPublished,
} from '../../kernel/nftables/expression.ts';
import { type SetShape, TYPE } from '../../kernel/nftables/set.ts';
import { type BaseChain, HOOK, PRIORITY } from '../../kernel/nftables/table.ts';
import { addressBytes, numberText, parseSubnet } from '../addressing/address.ts';
import type { FirewallNetwork, FirewallState } from '../kernel/calls.ts';

export const BRIDGES = 'bridges';
const { protocol, port, ipv4, ipv6 } = TYPE;
const TO4 = { types: [ipv4, port], length: 8 };
const TO6 = { types: [ipv6, port], length: 20 };

/**
 * Published ports: by protocol and port, for those published on every address; with the host's address (`at`), for the
 * others. `ports…` is what this host and its containers may reach, `open…` what everybody may. `own…` are those that are
 * reached by the container's own address.
 */
export const SETS: SetShape[] = [
  { name: BRIDGES, key: { types: [TYPE.interface], length: 16 } },
  ...['ports', 'open'].flatMap((name): SetShape[] => [
    { name: `${name}4`, key: { types: [protocol, port], length: 8 }, data: TO4 },
    { name: `${name}6`, key: { types: [protocol, port], length: 8 }, data: TO6 },
    { name: `${name}4at`, key: { types: [ipv4, protocol, port], length: 12 }, data: TO4 },
    { name: `${name}6at`, key: { types: [ipv6, protocol, port], length: 24 }, data: TO6 },
  ]),
  ...['own', 'ownopen'].flatMap((name): SetShape[] => [
    { name: `${name}4`, key: { types: [ipv4, protocol, port], length: 12 } },
    { name: `${name}6`, key: { types: [ipv6, protocol, port], length: 24 } },
  ]),
];

export const CHAINS = {
  raw: { name: 'raw', type: 'filter', hook: HOOK.prerouting, priority: PRIORITY.raw },
  prerouting: { name: 'prerouting', type: 'nat', hook: HOOK.prerouting, priority: PRIORITY.dstnat },
  output: { name: 'output', type: 'nat', hook: HOOK.output, priority: PRIORITY.dstnat },
  forward: { name: 'forward', type: 'filter', hook: HOOK.forward, priority: PRIORITY.filter },
  postrouting: { name: 'postrouting', type: 'nat', hook: HOOK.postrouting, priority: PRIORITY.srcnat },
} as const satisfies Record<string, BaseChain>;

export type Rules = Record<keyof typeof CHAINS, Expression[][]>;

/** IP protocol numbers: RFC 792, RFC 4443. */
const ICMP = 1;
const ICMPV6 = 58;
const LOOPBACK = addressBytes('127.0.0.0');
const LOOPBACK6 = addressBytes('::1');

export function rulesOf({ networks }: FirewallState): Rules {
  return {
    // route_localnet is for this host's own connections: nobody else may send to 127.0.0.0/8.
    raw: [[...inInterfaceOf(BRIDGES), ...isIpv4(), ...destinationIn(LOOPBACK, 8), drop()]],
    // What is not translated for others goes to the host's own chains, and if they let it pass, to a socket of ours.
    prerouting: [
      ...translations('open'),
      [...inInterfaceOf(BRIDGES, false), accept()],
      ...translations('ports'),
    ],
    output: [[...isIpv6(), ...destinationIn(LOOPBACK6, 128), accept()], ...translations('ports')],
    forward: forwarding(networks),
    postrouting: networks.flatMap(sourceTranslations),
  };
}

/** The address and port of the packet are looked up; a hit is where it goes. */
function translations(maps: 'open' | 'ports'): Expression[][] {
  return ([4, 6] as const).flatMap((family) => {
    const guard = [...toThisHost(), ...(family === 4 ? isIpv4() : isIpv6())];
    const words = family === 4 ? 1 : 4;
    const go = (map: string) => [translate(map, R.one, R.one), destinationNat(family, R.one, r32(words))];
    const at = [
      loadDestination(r32(0), family),
      loadProtocol(r32(words)),
      loadDestinationPort(r32(words + 1)),
    ];
    const any = [loadProtocol(r32(0)), loadDestinationPort(r32(1))];
    return [
      [...guard, ...at, ...go(`${maps}${family}at`)],
      [...guard, ...any, ...go(`${maps}${family}`)],
    ];
  });
}

/** What passes between a bridge and the rest: answers and published ports come in, everything goes out. */
function forwarding(networks: FirewallNetwork[]): Expression[][] {
  const inside = networks.map(({ bridge }) => [...inInterface(bridge), ...outInterface(bridge), accept()]);
  const closed = networks
    .filter((network) => network.internal)
    .flatMap(({ bridge }) => [
      [...inInterface(bridge), drop()],
      [...outInterface(bridge), drop()],
    ]);
  return [
    ...inside,
    ...closed,
    [...outInterfaceOf(BRIDGES), ...stateIs(CT_STATE.established | CT_STATE.related), accept()],
    ...networks.filter(({ internal }) => !internal).flatMap(directly),
    [...outInterfaceOf(BRIDGES), ...wasPublished(), accept()],
    [...outInterfaceOf(BRIDGES), drop()],
  ];
}

/** Who comes to a container by its own address: what the gateway modes of its network say. */
function directly({ bridge, subnets, trusted, unhindered }: FirewallNetwork): Expression[][] {
  return subnets.flatMap(({ subnet, mode }) => {
    const { family } = parseSubnet(subnet);
    const there = [...outInterface(bridge), ...(family === 4 ? isIpv4() : isIpv6())];
    const neighbours = [...inInterfaceOf(BRIDGES), ...there];
    const all = unhindered ? there : neighbours;
    const fromTrusted = trusted.map((link) => [
      ...inInterface(link),
      ...there,
      ...isOwn('own', family),
      accept(),
    ]);
    if (mode === 'nat-unprotected') return [[...all, accept()]];
    if (mode !== 'routed') return fromTrusted;
    return [
      [...all, ...protocolIs(family === 4 ? ICMP : ICMPV6), accept()],
      [...neighbours, ...isOwn('own', family), accept()],
      [...there, ...isOwn('ownopen', family), accept()],
      ...fromTrusted,
    ];
  });
}

/** Destination and port of the packet are a container's own that are published. */
function isOwn(set: 'own' | 'ownopen', family: 4 | 6): Expression[] {
  const words = family === 4 ? 1 : 4;
  const key = [
    loadDestination(r32(0), family),
    loadProtocol(r32(words)),
    loadDestinationPort(r32(words + 1)),
  ];
  return [...key, isMemberOf(`${set}${family}`, R.one)];
}

function sourceTranslations({
  bridge,
  subnets,
  internal,
  masquerade: wanted,
}: FirewallNetwork): Expression[][] {
  const local = [...isIpv4(), ...sourceIn(LOOPBACK, 8), ...outInterface(bridge), masquerade()];
  const each = subnets.flatMap(({ subnet, mode, source }) => {
    const { family, base, prefix } = parseSubnet(subnet);
    const from = [
      ...(family === 4 ? isIpv4() : isIpv6()),
      ...sourceIn(addressBytes(numberText(family, base)), prefix),
    ];
    // A neighbour that came by the host's address must get its answer from that address too.
    const hairpin = [...from, ...outInterface(bridge), ...wasPublished(), masquerade()];
    const name = source ? sourceNat(addressBytes(source)) : [masquerade()];
    return wanted && !internal && mode !== 'routed'
      ? [[...from, ...outInterface(bridge, false), ...name], hairpin]
      : [hairpin];
  });
  return [local, ...each];
}
