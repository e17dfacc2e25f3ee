/** The resolver of one container: its two sockets at 127.0.0.11, answered from the book or by others. */
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import { answerFor, datagramSize, encodeFor, RCODE, reply } from './answer.ts';
import type { Forwarder } from './forward.ts';
import type { HostResolvers } from './host-resolvers.ts';
import type { NameBook, NamedContainer } from './names.ts';
import { lengthPrefixed, TcpMessages } from './tcp-messages.ts';

export interface ResolverParts {
  book: NameBook;
  forwarder: Forwarder;
  host: HostResolvers;
}

/** Questions of one container that wait for others; more are told to come again. */
const MOST_WAITING = 512;
const TCP_IDLE = 10_000;
const MOST_CONNECTIONS = 64;

export interface ResolverServer {
  close(): void;
}

/** Takes over both descriptors. */
export function serveResolver(
  parts: ResolverParts,
  containerId: string,
  sockets: { udp: number; tcp: number },
): ResolverServer {
  const asker = new Asker(parts, containerId);
  const udp = createSocket('udp4');
  let closed = false;
  udp.on('message', (query, from) => {
    asker.ask(query, false, (answer) => {
      // Others may answer when the container is gone, and a closed socket throws.
      if (!closed) udp.send(answer, from.port, from.address, () => {});
    });
  });
  udp.on('error', () => {});
  udp.bind({ fd: sockets.udp });
  const tcp = createServer((socket) => serveConnection(asker, socket));
  tcp.maxConnections = MOST_CONNECTIONS;
  tcp.on('error', () => {});
  tcp.listen({ fd: sockets.tcp });
  return {
    close: () => {
      closed = true;
      udp.close();
      tcp.close();
    },
  };
}

function serveConnection(asker: Asker, socket: Socket): void {
  socket.setTimeout(TCP_IDLE, () => socket.destroy());
  socket.on('error', () => {});
  const messages = new TcpMessages((query) => {
    asker.ask(query, true, (answer) => socket.write(lengthPrefixed(answer)));
  });
  socket.on('data', (chunk) => messages.push(chunk));
}

class Asker {
  readonly #parts: ResolverParts;
  readonly #containerId: string;
  #turn = 0;
  #waiting = 0;

  constructor(parts: ResolverParts, containerId: string) {
    this.#parts = parts;
    this.#containerId = containerId;
  }

  /** Answers every question once; what is no question is not answered. */
  ask(bytes: Buffer, overTcp: boolean, answer: (bytes: Buffer) => void): void {
    if (bytes.length < 12 || (bytes[2] ?? 0) & 0x80) return;
    const query = decoded(bytes);
    const container = this.#parts.book.get(this.#containerId);
    const now =
      query && container ? this.#ownOrError(bytes, query, container, overTcp) : refusal(bytes, RCODE.FORMERR);
    if (now) answer(now);
    else if (query && container)
      this.#forward(bytes, query, container.servers, overTcp).then(answer, () =>
        answer(refusal(bytes, RCODE.SERVFAIL)),
      );
  }

  /** Out of the book; `undefined`: others know. */
  #own(query: Packet, container: NamedContainer, overTcp: boolean): Buffer | undefined {
    const [question, more] = query.questions ?? [];
    if (!question || more) return encode(reply(query, [], RCODE.FORMERR));
    const asked = { query, name: question.name, type: question.type };
    const answer = answerFor(this.#parts.book, container, asked, this.#turn++);
    return answer && encodeFor(query, answer, overTcp);
  }

  /** No packet may end the thread that answers for every container. */
  #ownOrError(bytes: Buffer, query: Packet, container: NamedContainer, overTcp: boolean): Buffer | undefined {
    try {
      return this.#own(query, container, overTcp);
    } catch {
      return refusal(bytes, RCODE.SERVFAIL);
    }
  }

  async #forward(bytes: Buffer, query: Packet, own: string[], overTcp: boolean): Promise<Buffer> {
    if (this.#waiting >= MOST_WAITING) return refusal(bytes, RCODE.SERVFAIL);
    this.#waiting++;
    try {
      const servers = own.length > 0 ? own : this.#parts.host.servers();
      const options = { overTcp, size: datagramSize(query) };
      const answer = await this.#parts.forwarder.ask(Buffer.from(bytes), servers, options);
      return answer ?? encode(reply(query, [], RCODE.SERVFAIL));
    } finally {
      this.#waiting--;
    }
  }
}

function decoded(bytes: Buffer): Packet | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** A header alone: the id, "this is an answer", and why there is none. */
function refusal(query: Buffer, rcode: number): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header[2] = 0x80 | ((query[2] ?? 0) & 0x79);
  header[3] = 0x80 | rcode;
  return header;
}
