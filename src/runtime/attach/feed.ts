/**
 * Output on its way to one client. The source is never held up: what the client has not taken waits in memory, then
 * in a spool file, both bounded; a client that is further behind than that is dropped. Every byte arrives in order.
 */
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { BufferPool } from './buffer-pool.ts';
import { Spool } from './spool.ts';

export interface FeedLimits {
  /** Bytes that may wait in memory. */
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

  constructor(client: Writable, limits: FeedLimits) {
    this.#client = client;
    this.#limits = limits;
    // A socket calls back when the kernel has the bytes; other streams may hand the same buffer on after that.
    if (client instanceof Socket) this.#pool = new BufferPool();
  }

  /** `bytes` are copied: the caller may use its buffer again. */
  push(bytes: Uint8Array): void {
    if (this.#client.destroyed || this.#client.writableEnded) return;
    if (this.#spooled() > 0 || this.#client.writableLength >= this.#limits.memory) this.#keep(bytes);
    else this.#write(this.#copy(bytes));
  }

  /** Resolves when the client has taken everything that was pushed. Never rejects; a dead client has taken all it will. */
  async drain(): Promise<void> {
    if (this.#isDrained()) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  close(): void {
    this.#spool?.close();
    this.#spool = undefined;
    this.#tellDrained();
  }

  #copy(bytes: Uint8Array): Buffer {
    const buffer = this.#pool?.take(bytes.length);
    if (buffer === undefined) return Buffer.from(bytes);
    buffer.set(bytes);
    return buffer;
  }

  /** Asks to be called back: 'drain' would not come for a client with room to spare. */
  #write(chunk: Buffer): void {
    this.#client.write(chunk, () => {
      this.#pool?.giveBack(chunk);
      this.#goOn();
    });
  }

  #keep(bytes: Uint8Array): void {
    try {
      this.#spool ??= new Spool(this.#limits.spoolDirectory, this.#limits.spool);
      this.#spool.push(bytes);
    } catch (error) {
      this.#client.destroy(error as Error);
    }
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
    if (this.#isDrained()) this.#tellDrained();
  }

  #tellDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #isDrained(): boolean {
    return this.#client.destroyed || (this.#spooled() === 0 && this.#client.writableLength === 0);
  }
}
