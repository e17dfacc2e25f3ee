/**
 * Many packets in one recvmmsg(2), each of which begins with a byte that says what it is: the kernel puts those bytes
 * aside and the rest side by side. A busy container's output is received once and need not be copied together; with a
 * recv(2) and two copies for each packet it took twice the processor time.
 */
import koffi from 'koffi';
import { bind } from './libc.ts';

const recvmmsg = bind<(fd: number, messages: Buffer, count: number, flags: number, timeout: null) => number>(
  'int recvmmsg(int fd, void *messages, uint count, int flags, void *timeout)',
);

const MSG_DONTWAIT = 0x40;
/** struct mmsghdr and struct iovec of 64-bit Linux: socket(7), recvmmsg(2). */
const MMSGHDR = 64;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_LEN = 56;
const IOVEC = 16;

export interface PacketShape {
  /** Bytes of the largest packet behind its first; the rest of a larger one is lost. */
  payload: number;
  /** How many are received at most in one call. */
  count: number;
}

/** Packets that have come, in order. */
export interface Packets {
  readonly count: number;
  /** There is no room for more. */
  readonly isFull: boolean;
  /** In slots of the payload's size. */
  readonly payloads: Buffer;
  /** First byte of packet `n`. */
  tag(n: number): number;
  /** Bytes behind it. */
  length(n: number): number;
  /** They have been taken: their room is used again. */
  clear(): void;
}

export class PacketBatch implements Packets {
  readonly payloads: Buffer;
  count = 0;
  readonly #payload: number;
  readonly #capacity: number;
  readonly #tags: Buffer;
  readonly #vectors: Buffer;
  readonly #messages: Buffer;

  constructor({ payload, count }: PacketShape) {
    this.payloads = offHeap(payload * count);
    this.#payload = payload;
    this.#capacity = count;
    this.#tags = offHeap(count);
    this.#vectors = offHeap(2 * IOVEC * count);
    this.#messages = offHeap(MMSGHDR * count);
    for (let n = 0; n < count; n++) this.#point(n, payload);
  }

  get isFull(): boolean {
    return this.count === this.#capacity;
  }

  /** One that was received by other means. There must be room. */
  add(packet: Buffer): void {
    packet.copy(this.payloads, this.#payload * this.count, 1);
    this.#tags[this.count] = packet[0] ?? 0;
    this.#messages.writeUInt32LE(packet.length, MMSGHDR * this.count + MSG_LEN);
    this.count++;
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds what is there, without waiting. At the end of the stream that is nothing. */
  receive(fd: number): void {
    const messages = this.#messages.subarray(MMSGHDR * this.count);
    const received = recvmmsg(fd, messages, this.#capacity - this.count, MSG_DONTWAIT, null);
    // The end of a stream counts as packets of no length.
    for (let n = 0; n < received && this.#size(this.count) > 0; n++) this.count++;
  }

  readonly tag = (n: number): number => this.#tags[n] ?? 0;

  readonly length = (n: number): number => this.#size(n) - 1;

  #size(n: number): number {
    return this.#messages.readUInt32LE(MMSGHDR * n + MSG_LEN);
  }

  #point(n: number, payload: number): void {
    const vector = 2 * IOVEC * n;
    this.#vectors.writeBigUInt64LE(addressOf(this.#tags) + BigInt(n), vector);
    this.#vectors.writeBigUInt64LE(1n, vector + 8);
    this.#vectors.writeBigUInt64LE(addressOf(this.payloads) + BigInt(payload * n), vector + IOVEC);
    this.#vectors.writeBigUInt64LE(BigInt(payload), vector + IOVEC + 8);
    this.#messages.writeBigUInt64LE(addressOf(this.#vectors) + BigInt(vector), MMSGHDR * n + MSG_IOV);
    this.#messages.writeBigUInt64LE(2n, MMSGHDR * n + MSG_IOVLEN);
  }
}

/** Memory that stays where it is: a small typed array may live in V8's heap, an ArrayBuffer of its own does not. */
const offHeap = (size: number) => Buffer.from(new ArrayBuffer(size));

const addressOf = (buffer: Buffer): bigint => koffi.address(buffer);
