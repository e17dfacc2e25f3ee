/**
 * conmon's packets, one byte that names the stream and at most 8 KiB of it, put together: those of one stream that
 * come at once go on as one chunk, so that a client gets a busy container's output in few large writes.
 */
import type { PacketHandler } from '../../kernel/seqpacket.ts';
import type { OutputStream } from '../task.ts';

const SIZE = 64 * 1024;
/** conmon's stdpipe_t. */
const STDERR_PIPE = 3;

export class PacketJoiner implements PacketHandler {
  readonly #onChunk: (stream: OutputStream, chunk: Uint8Array) => void;
  #buffer: Buffer | undefined;
  #used = 0;
  #stream: OutputStream = 'stdout';

  /** A chunk is a view, valid until `onChunk` returns. */
  constructor(onChunk: (stream: OutputStream, chunk: Uint8Array) => void) {
    this.#onChunk = onChunk;
  }

  readonly onPacket = (packet: Buffer): void => {
    const stream = packet[0] === STDERR_PIPE ? 'stderr' : 'stdout';
    const length = packet.length - 1;
    if (stream !== this.#stream || this.#used + length > SIZE) this.onPause();
    this.#stream = stream;
    this.#buffer ??= Buffer.allocUnsafe(SIZE);
    this.#used += packet.copy(this.#buffer, this.#used, 1);
  };

  readonly onPause = (): void => {
    if (this.#buffer === undefined || this.#used === 0) return;
    const chunk = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    this.#onChunk(this.#stream, chunk);
  };
}
