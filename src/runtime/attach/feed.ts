/**
 * Output on its way to one client. The source is never held up: what the client has not taken waits in memory, then
 * in a spool file, both bounded; a client that is further behind than that is dropped. Every byte arrives in order.
 */
import type { Writable } from 'node:stream';
import { Spool } from './spool.ts';

export interface FeedLimits {
  /** Bytes that may wait in memory. */
  memory: number;
  /** Bytes that may wait in the spool file. */
  spool: number;
  spoolDirectory: string;
}

export const DEFAULT_FEED_LIMITS = { memory: 1024 * 1024, spool: 1024 * 1024 * 1024 };

/** Bytes read from the spool file at a time. */
const SPOOL_READ = 256 * 1024;

export class Feed {
  readonly #client: Writable;
  readonly #limits: FeedLimits;
  readonly #taken = () => this.#goOn();
  readonly #drained: (() => void)[] = [];
  #spool: Spool | undefined;

  constructor(client: Writable, limits: FeedLimits) {
    this.#client = client;
    this.#limits = limits;
  }

  /** `bytes` are copied: the caller may use its buffer again. */
  push(bytes: Uint8Array): void {
    if (this.#client.destroyed || this.#client.writableEnded) return;
    if (this.#spool !== undefined || this.#client.writableLength >= this.#limits.memory) this.#keep(bytes);
    else this.#write(Buffer.from(bytes));
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

  /** Asks to be called back: 'drain' would not come for a client with room to spare. */
  #write(chunk: Buffer): void {
    this.#client.write(chunk, this.#taken);
  }

  #keep(bytes: Uint8Array): void {
    try {
      this.#spool ??= new Spool(this.#limits.spoolDirectory, this.#limits.spool);
      this.#spool.push(bytes);
    } catch (error) {
      this.#client.destroy(error as Error);
    }
  }

  #goOn(): void {
    while (this.#spool !== undefined && this.#client.writableLength < this.#limits.memory) {
      const chunk = this.#spool.shift(SPOOL_READ);
      if (this.#spool.length === 0) {
        this.#spool.close();
        this.#spool = undefined;
      }
      this.#write(chunk);
    }
    if (this.#isDrained()) this.#tellDrained();
  }

  #tellDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #isDrained(): boolean {
    if (this.#client.destroyed) return true;
    return this.#spool === undefined && this.#client.writableLength === 0;
  }
}
