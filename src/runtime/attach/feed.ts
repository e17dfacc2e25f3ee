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

/** Small writes of one turn of the event loop are gathered up to this size. */
const BATCH = 64 * 1024;
/** Below this, a batch is copied out and its buffer kept for the next. */
const SMALL = 8 * 1024;

export class Feed {
  readonly #client: Writable;
  readonly #limits: FeedLimits;
  readonly #flush = () => this.#flushBatch();
  readonly #refill = () => this.#unspool();
  #batch: Buffer | undefined;
  #used = 0;
  #scheduled = false;
  #spool: Spool | undefined;
  readonly #drained: (() => void)[] = [];

  constructor(client: Writable, limits: FeedLimits) {
    this.#client = client;
    this.#limits = limits;
    client.on('drain', this.#refill);
  }

  /** `bytes` are copied: the caller may use its buffer again. */
  push(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      this.#batch ??= Buffer.allocUnsafe(BATCH);
      const count = Math.min(BATCH - this.#used, bytes.length - done);
      this.#batch.set(bytes.subarray(done, done + count), this.#used);
      this.#used += count;
      done += count;
      if (this.#used === BATCH) this.#flushBatch();
    }
    if (this.#scheduled || this.#used === 0) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  /** Resolves when the client has taken everything that was pushed. Never rejects; a dead client has taken all it will. */
  async drain(): Promise<void> {
    this.#flushBatch();
    if (this.#isDrained()) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  close(): void {
    this.#client.off('drain', this.#refill);
    this.#spool?.close();
    this.#spool = undefined;
    this.#used = 0;
    this.#tellDrained();
  }

  #flushBatch(): void {
    this.#scheduled = false;
    if (this.#used === 0 || this.#batch === undefined) return;
    const bytes = this.#batch.subarray(0, this.#used);
    const small = this.#used < SMALL;
    this.#used = 0;
    if (this.#spool !== undefined || this.#client.writableLength >= this.#limits.memory) {
      this.#keep(bytes);
      return;
    }
    this.#write(small ? Buffer.from(bytes) : bytes);
    if (!small) this.#batch = undefined;
  }

  #write(bytes: Buffer): void {
    if (this.#client.destroyed || this.#client.writableEnded) return;
    this.#client.write(bytes, () => this.#isDrained() && this.#tellDrained());
  }

  #keep(bytes: Buffer): void {
    if (this.#client.destroyed) return;
    try {
      this.#spool ??= new Spool(this.#limits.spoolDirectory);
      if (this.#spool.length + bytes.length > this.#limits.spool) throw new Error('client is too far behind');
      this.#spool.push(bytes);
    } catch (error) {
      this.#client.destroy(error as Error);
    }
  }

  #unspool(): void {
    while (this.#spool !== undefined && this.#client.writableLength < this.#limits.memory) {
      this.#write(this.#spool.shift(BATCH));
      if (this.#spool.length > 0) continue;
      this.#spool.close();
      this.#spool = undefined;
    }
  }

  #tellDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #isDrained(): boolean {
    if (this.#client.destroyed) return true;
    return this.#spool === undefined && this.#used === 0 && this.#client.writableLength === 0;
  }
}
