/**
 * A ring of shared buffers between two threads, one that writes and one that reads; both block (Atomics.wait), so
 * neither may be the main thread. Memory is bounded by slots × size, however long the stream.
 */
const SLOTS = 8;
const SLOT_BYTES = 256 * 1024;

/** Indices into `control`; the lengths of the slots follow. */
const WRITTEN = 0;
const READ = 1;
const STATE = 2;
const LENGTHS = 3;

const OPEN = 0;
const ENDED = 1;
const ABORTED = 2;

export interface RingMemory {
  control: SharedArrayBuffer;
  data: SharedArrayBuffer;
}

export class RingAborted extends Error {
  constructor() {
    super('the other end of the ring is gone');
  }
}

export function ringMemory(): RingMemory {
  return {
    control: new SharedArrayBuffer((LENGTHS + SLOTS) * Int32Array.BYTES_PER_ELEMENT),
    data: new SharedArrayBuffer(SLOTS * SLOT_BYTES),
  };
}

/** Makes a ring ready for the next stream. Nobody may be at either end. */
export function resetRing({ control }: RingMemory): void {
  new Int32Array(control).fill(0);
}

/** Wakes both ends: their next call throws `RingAborted`. From any thread. */
export function abortRing({ control }: RingMemory): void {
  const words = new Int32Array(control);
  Atomics.store(words, STATE, ABORTED);
  Atomics.add(words, WRITTEN, SLOTS * 2);
  Atomics.notify(words, WRITTEN);
  Atomics.add(words, READ, SLOTS * 2);
  Atomics.notify(words, READ);
}

export class RingWriter {
  readonly #words: Int32Array;
  readonly #data: Buffer;

  constructor({ control, data }: RingMemory) {
    this.#words = new Int32Array(control);
    this.#data = Buffer.from(data);
  }

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += SLOT_BYTES) {
      const slot = this.#freeSlot();
      const length = chunk.copy(this.#data, slot * SLOT_BYTES, at, Math.min(at + SLOT_BYTES, chunk.length));
      this.#hand(slot, length);
    }
  }

  end(): void {
    Atomics.compareExchange(this.#words, STATE, OPEN, ENDED);
    // A slot of length 0 carries the end, so that a waiting reader wakes.
    this.#hand(this.#freeSlot(), 0);
  }

  #freeSlot(): number {
    const words = this.#words;
    for (;;) {
      const read = Atomics.load(words, READ);
      if (Atomics.load(words, STATE) === ABORTED) throw new RingAborted();
      const written = Atomics.load(words, WRITTEN);
      if (written - read < SLOTS) return written % SLOTS;
      Atomics.wait(words, READ, read);
    }
  }

  #hand(slot: number, length: number): void {
    Atomics.store(this.#words, LENGTHS + slot, length);
    Atomics.add(this.#words, WRITTEN, 1);
    Atomics.notify(this.#words, WRITTEN);
  }
}

export class RingReader {
  readonly #words: Int32Array;
  readonly #data: Buffer;

  constructor({ control, data }: RingMemory) {
    this.#words = new Int32Array(control);
    this.#data = Buffer.from(data);
  }

  /** Each chunk is valid until the next is asked for. */
  *chunks(): Generator<Buffer> {
    const words = this.#words;
    for (let read = 0; ; read++) {
      while (Atomics.load(words, WRITTEN) === read && Atomics.load(words, STATE) !== ABORTED) {
        Atomics.wait(words, WRITTEN, read);
      }
      if (Atomics.load(words, STATE) === ABORTED) throw new RingAborted();
      const slot = read % SLOTS;
      const length = Atomics.load(words, LENGTHS + slot);
      if (length === 0) return;
      yield this.#data.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + length);
      Atomics.add(words, READ, 1);
      Atomics.notify(words, READ);
    }
  }
}
