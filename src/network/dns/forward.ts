/**
 * Passes questions on to other resolvers, from the host's network, bytes for bytes but for the id: over UDP, one
 * server after the other; over TCP if the asker came by TCP, if the answer is cut, and if no server answers UDP.
 */
import { randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { lengthPrefixed, TcpMessages } from './tcp-messages.ts';

/** Milliseconds for each server; libc gives up after 5000. */
const PATIENCE = 1500;
/** Milliseconds for which a server that did not answer is asked last. */
const GRUDGE = 30_000;
/** Questions under way, of all containers; more are refused at once, so that a flood costs no memory. */
const MOST_PENDING = 4096;
/** Sockets over which questions are spread: their ports are the part of the secret that the id is too short for. */
const SOCKETS = 8;
const PORT = 53;
const TRUNCATED = 0x02;
const SERVFAIL = 2;
const REFUSED = 5;

interface Pending {
  question: Buffer;
  server: string;
  settle(answer: Buffer | undefined): void;
}

export class Forwarder {
  readonly #sockets = new Map<string, Socket>();
  /** `socket/id` */
  readonly #pending = new Map<string, Pending>();
  /** Server → when it last failed to answer. */
  readonly #silent = new Map<string, number>();
  readonly #port: number;

  constructor(port = PORT) {
    this.#port = port;
  }

  /** The first good answer, with the asker's id; the last bad one if there is no good one; `undefined`: nobody answered. */
  async ask(
    query: Buffer,
    servers: string[],
    options: { overTcp: boolean; size: number },
  ): Promise<Buffer | undefined> {
    if (this.#pending.size >= MOST_PENDING) return undefined;
    let bad: Buffer | undefined;
    const ways = options.overTcp ? [this.#overTcp] : [this.#overUdp, this.#overTcp];
    for (const way of ways) {
      for (const server of this.#lively(servers)) {
        const answer = await way.call(this, query, server);
        if (answer) this.#silent.delete(server);
        else this.#silent.set(server, performance.now());
        if (!answer) continue;
        if (isFailure(answer)) bad = answer;
        else return withId(await this.#whole(query, server, answer, options), query);
      }
      if (bad) return withId(bad, query);
    }
    return undefined;
  }

  /** Those that did not answer lately come last. */
  #lively(servers: string[]): string[] {
    const isSilent = (server: string) =>
      performance.now() - (this.#silent.get(server) ?? Number.NEGATIVE_INFINITY) < GRUDGE;
    return servers.toSorted((a, b) => Number(isSilent(a)) - Number(isSilent(b)));
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    for (const { settle } of [...this.#pending.values()]) settle(undefined);
  }

  /** A cut answer is fetched whole if the asker can take it. */
  async #whole(
    query: Buffer,
    server: string,
    answer: Buffer,
    { overTcp, size }: { overTcp: boolean; size: number },
  ): Promise<Buffer> {
    if (overTcp || !((answer[2] ?? 0) & TRUNCATED)) return answer;
    const whole = await this.#overTcp(query, server);
    return whole && whole.length <= size ? whole : answer;
  }

  #overUdp(query: Buffer, server: string): Promise<Buffer | undefined> {
    const slot = `${server.includes(':') ? 'udp6' : 'udp4'}/${randomInt(SOCKETS)}`;
    const id = this.#freeId(slot);
    const key = `${slot}/${id}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), PATIENCE);
      const settle = (answer: Buffer | undefined) => {
        clearTimeout(timer);
        this.#pending.delete(key);
        resolve(answer);
      };
      this.#pending.set(key, { question: questionOf(query), server, settle });
      this.#socket(slot).send(numbered(query, id), this.#port, server, (error) => error && settle(undefined));
    });
  }

  #freeId(slot: string): number {
    for (;;) {
      const id = randomInt(65536);
      if (!this.#pending.has(`${slot}/${id}`)) return id;
    }
  }

  #socket(slot: string): Socket {
    const open = this.#sockets.get(slot);
    if (open) return open;
    const socket = createSocket({ type: slot.startsWith('udp6') ? 'udp6' : 'udp4' });
    socket.on('message', (answer, from) => this.#receive(slot, answer, from));
    socket.on('error', () => this.#sockets.delete(slot));
    this.#sockets.set(slot, socket);
    return socket;
  }

  /** Only from the server that was asked, and only for the question that it was asked. */
  #receive(slot: string, answer: Buffer, from: RemoteInfo): void {
    if (answer.length < 12) return;
    const pending = this.#pending.get(`${slot}/${answer.readUInt16BE(0)}`);
    if (!pending || from.port !== this.#port || !sameAddress(from.address, pending.server)) return;
    if (!questionOf(answer).equals(pending.question)) return;
    pending.settle(Buffer.from(answer));
  }

  #overTcp(query: Buffer, server: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: server, port: this.#port, timeout: PATIENCE });
      const finish = (answer: Buffer | undefined) => {
        socket.destroy();
        resolve(answer);
      };
      const messages = new TcpMessages((answer) => finish(answer));
      socket.on('connect', () => socket.write(lengthPrefixed(query)));
      socket.on('data', (chunk) => messages.push(chunk));
      socket.on('timeout', () => finish(undefined));
      socket.on('error', () => finish(undefined));
      socket.on('close', () => finish(undefined));
    });
  }
}

const sameAddress = (a: string, b: string): boolean => a === b || a.split('%')[0] === b.split('%')[0];

function isFailure(answer: Buffer): boolean {
  const rcode = (answer[3] ?? 0) & 0x0f;
  return rcode === SERVFAIL || rcode === REFUSED;
}

/** The question section, lower case: names are compared without case (RFC 4343), and some servers fold it. */
function questionOf(message: Buffer): Buffer {
  let offset = 12;
  while (offset < message.length && message[offset] !== 0) offset += (message[offset] ?? 0) + 1;
  return Buffer.from(
    message
      .subarray(12, offset + 5)
      .toString('latin1')
      .toLowerCase(),
    'latin1',
  );
}

function numbered(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

const withId = (answer: Buffer, query: Buffer): Buffer => numbered(answer, query.readUInt16BE(0));
