/** Answers a question from the book, or says that it is for others. RFC 1035; RFC 2308 for what is not there. */
import { type Answer, encode, type Packet, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from 'dns-packet';
import { addressText } from '../addressing/address.ts';
import type { NameBook, NamedContainer } from './names.ts';

/** Seconds. Short, because containers come and go with their addresses. */
const TTL = 10;
/** Without EDNS a UDP answer has at most this many bytes (RFC 1035, 4.2.1). */
const PLAIN_SIZE = 512;

export const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export interface Asked {
  query: Packet;
  name: string;
  type: string;
}

/** `turn` is counted up by the caller: equal names are answered in turning order. `undefined`: ask others. */
export function answerFor(
  book: NameBook,
  asker: NamedContainer,
  asked: Asked,
  turn: number,
): Packet | undefined {
  const { query, name, type } = asked;
  if (type === 'PTR') return reverseAnswer(book, asker, asked);
  const found = book.lookup(asker, name);
  if (!found) return isShutIn(asker) ? reply(query, [], RCODE.NXDOMAIN) : undefined;
  if (type === 'A')
    return reply(
      query,
      turned(found.ipv4, turn).map((data) => ({ type, name, ttl: TTL, data })),
    );
  if (type === 'AAAA')
    return reply(
      query,
      turned(found.ipv6, turn).map((data) => ({ type, name, ttl: TTL, data })),
    );
  return reply(query, []);
}

function reverseAnswer(book: NameBook, asker: NamedContainer, { query, name }: Asked): Packet | undefined {
  const address = addressOfReverse(name);
  const host = address && book.reverse(asker, address);
  if (host) return reply(query, [{ type: 'PTR', name, ttl: TTL, data: host }]);
  return isShutIn(asker) ? reply(query, [], RCODE.NXDOMAIN) : undefined;
}

/** Only internal networks: nothing outside exists for it. */
const isShutIn = ({ endpoints }: NamedContainer): boolean => endpoints.every(({ internal }) => internal);

function turned<T>(list: T[], turn: number): T[] {
  const first = list.length === 0 ? 0 : turn % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

export function reply(query: Packet, answers: Answer[], rcode = 0): Packet {
  const edns = (query.additionals ?? []).some(({ type }) => type === 'OPT');
  return {
    type: 'response',
    id: query.id,
    flags: RECURSION_AVAILABLE | ((query.flags ?? 0) & 0x0100) | rcode,
    questions: query.questions,
    answers,
    additionals: edns
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: 4096,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  };
}

/** As bytes; what does not fit a datagram is cut and marked, so that the asker comes again over TCP. */
export function encodeFor(query: Packet, response: Packet, overTcp: boolean): Buffer {
  const whole = encode(response);
  if (overTcp || whole.length <= datagramSize(query)) return whole;
  return encode({ ...response, answers: [], flags: (response.flags ?? 0) | TRUNCATED_RESPONSE });
}

export function datagramSize(query: Packet): number {
  const option = (query.additionals ?? []).find(({ type }) => type === 'OPT');
  const size = option && 'udpPayloadSize' in option ? Number(option.udpPayloadSize) : PLAIN_SIZE;
  return Math.max(PLAIN_SIZE, size);
}

/** `2.0.17.172.in-addr.arpa` and its IPv6 counterpart as an address. */
export function addressOfReverse(name: string): string | undefined {
  const lower = name.toLowerCase();
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(lower);
  if (four) return four.slice(1).reverse().join('.');
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(lower);
  if (!six?.[1]) return undefined;
  return addressText(Buffer.from(six[1].split('.').reverse().join(''), 'hex'));
}
