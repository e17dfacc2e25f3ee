/**
 * Connections that the kernel tracks (linux/netfilter/nfnetlink_conntrack.h). A translation is looked up once for each
 * connection, and for UDP one never ends as long as packets come: who takes a port away must end them by hand.
 */
import { attribute, attributesOf, message, NLM } from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const SUBSYSTEM = 1 << 8;
const MSG = { GET: 1, DELETE: 2 } as const;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2 } as const;
const TUPLE = { IP: 1, PROTO: 2 } as const;
const IP = { V4_SRC: 1, V6_SRC: 3 } as const;
const PROTO = { NUM: 1, SRC_PORT: 2 } as const;
const NESTED = 0x8000;
const EMPTY = Buffer.alloc(0);

export interface AnsweredBy {
  /** 6 TCP, 17 UDP. */
  protocol: number;
  /** Who answers: 4 or 16 bytes. */
  address: Uint8Array;
  port: number;
}

/** Forgets the connections that one of these answers. Their next packet is looked up anew. */
export function forgetConnections(netfilter: NetlinkSocket, answeredBy: AnsweredBy[]): void {
  const wanted = new Set(answeredBy.map(keyOf));
  const families = new Set(answeredBy.map(({ address }) => (address.length === 4 ? 2 : 10)));
  for (const family of families) {
    const header = Buffer.from([family, 0, 0, 0]);
    for (const { body } of netfilter.dump('list connections', message(SUBSYSTEM | MSG.GET, 0, header))) {
      const parts = attributesOf(body.subarray(4));
      const original = parts.get(CTA.TUPLE_ORIG);
      if (original && wanted.has(keyOfReply(parts.get(CTA.TUPLE_REPLY) ?? EMPTY)))
        forget(netfilter, header, original);
    }
  }
}

function forget(netfilter: NetlinkSocket, header: Buffer, original: Buffer): void {
  const tuple = attribute(CTA.TUPLE_ORIG | NESTED, original);
  try {
    netfilter.request([
      { attempted: 'forget a connection', message: message(SUBSYSTEM | MSG.DELETE, NLM.ACK, header, tuple) },
    ]);
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

const keyOf = ({ protocol, address, port }: AnsweredBy): string =>
  `${protocol} ${Buffer.from(address).toString('hex')} ${port}`;

function keyOfReply(tuple: Buffer): string {
  const parts = attributesOf(tuple);
  const ip = attributesOf(parts.get(TUPLE.IP) ?? EMPTY);
  const proto = attributesOf(parts.get(TUPLE.PROTO) ?? EMPTY);
  return keyOf({
    protocol: proto.get(PROTO.NUM)?.[0] ?? 0,
    address: ip.get(IP.V4_SRC) ?? ip.get(IP.V6_SRC) ?? EMPTY,
    port: proto.get(PROTO.SRC_PORT)?.readUInt16BE(0) ?? 0,
  });
}
