/**
 * The daemon's one connection to a shim's attach socket, shared by all clients of a container. One, because conmon
 * writes to each connection in turn and blocks on a slow one; and only the first to connect is sure to be accepted
 * before the first byte of output is read. It is always drained; with nobody attached it is closed.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../core/errors.ts';
import type { Packets } from '../../kernel/packet-batch.ts';
import { connectSeqpacket, type PacketConnection } from '../../kernel/seqpacket.ts';
import type { AttachRequest, OutputStream } from '../task.ts';
import type { Feed, FeedLimits } from './feed.ts';
import { CONMON_PACKETS, PacketJoiner } from './packets.ts';
import { Session, type StdinSink } from './session.ts';

/** conmon reads packets of at most 32 KiB; the rest of a larger one would be lost. */
const STDIN_PACKET = 32 * 1024;
/** The longest that a container's output waits for clients that are behind. */
const GRACE_MS = 20;
/** What a container writes in a moment goes into a queue of this many bytes, which costs memory only while it is used. */
const REST_MS = 1;
const QUEUE = 2 * 1024 * 1024;

export interface HubOptions {
  bundle: string;
  terminal: boolean;
  stdin: boolean;
  /** The first client's end of stdin ends the process's (Docker's StdinOnce). */
  stdinOnce: boolean;
  limits: FeedLimits;
}

export class AttachHub {
  readonly #options: HubOptions;
  readonly #sessions = new Set<Session>();
  readonly #packets = new PacketJoiner(
    (stream, chunk) => this.#spread(stream, chunk),
    () => this.#rest(),
  );
  #connection: PacketConnection | undefined;
  #stdinEnded = false;
  #isWaiting = false;
  #isResting = false;
  /** Whether the shim may be left alone for a moment. */
  #hasQueue: boolean | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** A container that has ended meanwhile gives an attachment that is over. */
  attach(request: AttachRequest): Session {
    const { terminal, stdin, stdinOnce, limits } = this.#options;
    const connected = this.#connect();
    const session = new Session({
      request,
      terminal,
      limits,
      stdin: stdin && connected ? this.#sink() : undefined,
      endsStdin: stdinOnce && !terminal,
      onEnd: (ended) => this.#leave(ended),
    });
    this.#sessions.add(session);
    if (!connected) void session.finish();
    return session;
  }

  close(): void {
    for (const session of [...this.#sessions]) session.close();
    this.#disconnect();
  }

  #connect(): boolean {
    if (this.#connection) return true;
    let connection: PacketConnection;
    try {
      connection = connectSeqpacket(join(this.#options.bundle, 'attach'), CONMON_PACKETS, (packets) =>
        this.#take(packets),
      );
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ECONNREFUSED') return false;
      throw error;
    }
    this.#connection = connection;
    this.#hasQueue = undefined;
    const { incoming, outgoing } = connection;
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    incoming.on('end', () => this.#ended(connection));
    incoming.on('close', () => this.#ended(connection));
    return true;
  }

  #disconnect(): void {
    this.#packets.close();
    this.#connection?.incoming.destroy();
    this.#connection?.outgoing.destroy();
    this.#connection = undefined;
  }

  #take(packets: Packets): boolean {
    this.#packets.onPackets(packets);
    return !this.#isWaiting;
  }

  #spread(stream: OutputStream, chunk: Uint8Array): void {
    const full: Feed[] = [];
    for (const session of this.#sessions) {
      session.output(stream, chunk);
      if (session.feed.isFull) full.push(session.feed);
    }
    if (full.length > 0) void this.#waitFor(full);
  }

  /** A client that is a little slower than the container is faster served from memory than through its spool. */
  async #waitFor(full: Feed[]): Promise<void> {
    const incoming = this.#connection?.incoming;
    if (incoming === undefined || this.#isWaiting) return;
    this.#isWaiting = true;
    incoming.pause();
    await Promise.race([Promise.all(full.map((feed) => feed.room())), sleep(GRACE_MS)]);
    for (const feed of full) feed.letGo();
    this.#isWaiting = false;
    if (!this.#isResting) incoming.resume();
  }

  /** Lets a busy container's packets gather at the socket: to be told of each costs more than to take it. */
  #rest(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#isResting || this.#isWaiting) return;
    this.#hasQueue ??= connection.enlargeQueue(QUEUE);
    if (!this.#hasQueue) return;
    this.#isResting = true;
    connection.incoming.pause();
    setTimeout(() => {
      this.#isResting = false;
      if (!this.#isWaiting) connection.incoming.resume();
    }, REST_MS);
  }

  #ended(connection: PacketConnection): void {
    if (this.#connection !== connection) return;
    this.#packets.flush();
    this.#disconnect();
    for (const session of this.#sessions) void session.finish();
  }

  #leave(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0 || this.#mustStay()) return;
    this.#disconnect();
  }

  /** With StdinOnce conmon takes the end of any connection for the end of stdin: stay until a client has ended it. */
  #mustStay(): boolean {
    const { stdin, stdinOnce, terminal } = this.#options;
    return stdin && stdinOnce && !terminal && !this.#stdinEnded;
  }

  #sink(): StdinSink {
    return {
      write: async (chunk) => {
        for (let at = 0; at < chunk.length; at += STDIN_PACKET) {
          await this.#writePacket(chunk.subarray(at, at + STDIN_PACKET));
        }
      },
      end: () => {
        this.#stdinEnded = true;
        void this.#queue.then(() => this.#connection?.outgoing.end());
      },
    };
  }

  #queue: Promise<void> = Promise.resolve();

  /** One at a time: Node would join writes that wait into a single packet. */
  #writePacket(packet: Uint8Array): Promise<void> {
    const written = this.#queue.then(() => {
      const outgoing = this.#connection?.outgoing;
      if (!outgoing?.writable) throw new Error('stdin is closed');
      return new Promise<void>((resolve, reject) => {
        outgoing.write(packet, (error) => (error ? reject(error) : resolve()));
      });
    });
    this.#queue = written.catch(() => {});
    return written;
  }
}
