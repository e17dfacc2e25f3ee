/**
 * Output on its way to one client. What the client has not taken waits in memory, then in a spool file, both bounded;
 * a client that is further behind than that is dropped. Every byte arrives in order. The source may give a full feed a
 * moment before it goes on; one that lets it pass is late, and nobody waits for it until it has caught up.
 */
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { MessageHead, OutputStream } from '../task.ts';
import { BufferPool } from './buffer-pool.ts';
import { Spool } from './spool.ts';

/** Output that goes out with a head before it. */
export interface Framed {
  head: MessageHead;
  stream: OutputStream;
}

export interface FeedLimits {
  /** Bytes that may wait in memory before the feed is full; what comes all the same goes to the spool at twice that. */
  memory: number;
  /** Bytes that may wait in the spool file. */
  spool: number;
  spoolDirectory: string;
}

export const DEFAULT_FEED_LIMITS = { memory: 1024 * 1024, spool: 1024 * 1024 * 1024 };

/** Bytes read from the spool file at a time: what a pooled buffer holds. */
const SPOOL_READ = 64 * 1024;

export class Feed {
  readonly #client: Writable;
  readonly #limits: FeedLimits;
  readonly #drained: (() => void)[] = [];
  readonly #pool: BufferPool | undefined;
  #spool: Spool | undefined;
  #late = false;
  #onRoom: (() => void) | undefined;

  constructor(client: Writable, limits: FeedLimits) {
    this.#client = client;
    this.#limits = limits;
    // A socket calls back when the kernel has the bytes; other streams may hand the same buffer on after that.
    if (client instanceof Socket) this.#pool = new BufferPool();
  }

  /** `bytes` are copied: the caller may use its buffer again. */
  push(bytes: Uint8Array, framed?: Framed): void {
    if (this.#client.destroyed || this.#client.writableEnded) return;
    const chunk = this.#copy(bytes, framed);
    if (this.#spooled() === 0 && this.#client.writableLength < this.#limits.memory * 2) this.#write(chunk);
    else this.#keep(chunk);
  }

  /** True for a client that has as much to take as it should, and is worth a moment's wait. */
  get isFull(): boolean {
    return !this.#late && !this.#client.destroyed && this.#client.writableLength >= this.#limits.memory;
  }

  /** Resolves when the client has taken half of it, or is gone. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  /** The moment has passed. */
  letGo(): void {
    this.#late ||= this.isFull;
    this.#onRoom = undefined;
  }

  /** Resolves when the client has taken everything that was pushed. Never rejects; a dead client has taken all it will. */
  async drain(): Promise<void> {
    if (this.#isDrained()) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  close(): void {
    this.#spool?.close();
    this.#spool = undefined;
    this.#onRoom?.();
    this.#tellDrained();
  }

  #copy(bytes: Uint8Array, framed?: Framed): Buffer {
    const room = framed?.head.length ?? 0;
    const length = room + bytes.length;
    const buffer = this.#pool?.take(length) ?? Buffer.allocUnsafe(length);
    framed?.head.write(buffer, 0, framed.stream, bytes.length);
    buffer.set(bytes, room);
    return buffer;
  }

  /** Asks to be called back: 'drain' would not come for a client with room to spare. */
  #write(chunk: Buffer): void {
    this.#client.write(chunk, () => {
      this.#pool?.giveBack(chunk);
      this.#goOn();
    });
  }

  #keep(chunk: Buffer): void {
    try {
      this.#spool ??= new Spool(this.#limits.spoolDirectory, this.#limits.spool);
      this.#spool.push(chunk);
    } catch (error) {
      this.#client.destroy(error as Error);
    }
    this.#pool?.giveBack(chunk);
  }

  #spooled(): number {
    return this.#spool?.length ?? 0;
  }

  #goOn(): void {
    while (this.#spool && this.#spool.length > 0 && this.#client.writableLength < this.#limits.memory) {
      const length = Math.min(SPOOL_READ, this.#spool.length);
      const chunk = this.#pool?.take(length) ?? Buffer.allocUnsafe(length);
      this.#spool.shift(chunk);
      this.#write(chunk);
    }
    if (this.#spooled() === 0 && this.#client.writableLength <= this.#limits.memory / 2) {
      this.#late = false;
      this.#onRoom?.();
    }
    if (this.#isDrained()) this.#tellDrained();
  }

  #tellDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #isDrained(): boolean {
    return this.#client.destroyed || (this.#spooled() === 0 && this.#client.writableLength === 0);
  }
}
