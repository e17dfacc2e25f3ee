/** DNS over TCP puts two bytes of length before each message: RFC 1035, 4.2.2. */

export function lengthPrefixed(message: Uint8Array): Buffer {
  const buffer = Buffer.alloc(2 + message.length);
  buffer.writeUInt16BE(message.length, 0);
  buffer.set(message, 2);
  return buffer;
}

/** Cuts a stream into messages. Holds one unfinished message at most: 64 KiB and a chunk. */
export class TcpMessages {
  readonly #take: (message: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(take: (message: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 2) {
      const end = 2 + this.#rest.readUInt16BE(0);
      if (this.#rest.length < end) return;
      const message = this.#rest.subarray(2, end);
      this.#rest = this.#rest.subarray(end);
      this.#take(message);
    }
  }
}
