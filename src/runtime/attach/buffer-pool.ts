/**
 * Buffers that are used again. A busy container makes tens of thousands of chunks a second; with a fresh buffer for
 * each, V8 collects the whole heap every few dozen megabytes, which took two thirds of the engine's time.
 */

/** A chunk of 64 KiB with a frame's head, and some room. */
const SIZE = 72 * 1024;
/** Smaller chunks are cheap: Node cuts them from a slab. */
const SMALLEST = 4 * 1024;
const KEPT = 16;

export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of exactly this length; undefined for lengths that gain nothing. */
  take(length: number): Buffer | undefined {
    if (length < SMALLEST || length > SIZE) return undefined;
    return (this.#free.pop() ?? Buffer.allocUnsafeSlow(SIZE)).subarray(0, length);
  }

  /** Only when nobody reads it any more. Buffers that are not from here are ignored. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength === SIZE && this.#free.length < KEPT) this.#free.push(Buffer.from(buffer));
  }
}
