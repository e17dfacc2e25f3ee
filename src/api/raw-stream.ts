/**
 * Docker's multiplexed stream: stdout and stderr of a process without a terminal, in frames of an 8-byte head
 * (stream, three zeros, big-endian length) and a payload. Free of imports: daemon and CLI both use it.
 */
export type FrameStream = 'stdin' | 'stdout' | 'stderr' | 'systemerr';

const CODES: Record<FrameStream, number> = { stdin: 0, stdout: 1, stderr: 2, systemerr: 3 };
const STREAMS: readonly FrameStream[] = ['stdin', 'stdout', 'stderr', 'systemerr'];

export const FRAME_HEAD = 8;

/** One frame of the whole chunk, in a buffer of its own. */
export function frame(stream: FrameStream, chunk: Uint8Array): Uint8Array {
  return writeFrame(Buffer.allocUnsafe(FRAME_HEAD + chunk.length), stream, chunk);
}

/** A frame's head alone, for who has the payload in place. */
export const frameHead = {
  length: FRAME_HEAD,
  write(target: Buffer, at: number, stream: FrameStream, size: number): void {
    // Byte by byte: Buffer's own methods check each argument, which is half the time of a short line.
    target[at] = CODES[stream];
    target[at + 1] = target[at + 2] = target[at + 3] = 0;
    target[at + 4] = size >>> 24;
    target[at + 5] = size >>> 16;
    target[at + 6] = size >>> 8;
    target[at + 7] = size;
  },
};

function writeFrame(target: Buffer, stream: FrameStream, chunk: Uint8Array): Buffer {
  frameHead.write(target, 0, stream, chunk.length);
  target.set(chunk, FRAME_HEAD);
  return target;
}

export type FrameListener = (stream: FrameStream, payload: Uint8Array) => void;

export class FrameError extends Error {
  override name = 'FrameError';
}

/**
 * Takes the bytes of a stream in pieces of any size and tells `onPayload` what they carry, as soon as it is there: a
 * long frame comes in several parts, so that memory stays at one piece. Throws FrameError for a head that is none.
 */
export class FrameDecoder {
  readonly #onPayload: FrameListener;
  readonly #head = new Uint8Array(FRAME_HEAD);
  #headFilled = 0;
  #stream: FrameStream = 'stdout';
  #left = 0;

  constructor(onPayload: FrameListener) {
    this.#onPayload = onPayload;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at += this.#left > 0 ? this.#payload(chunk, at) : this.#headBytes(chunk, at);
  }

  /** True if the stream may end here: between two frames. */
  get complete(): boolean {
    return this.#left === 0 && this.#headFilled === 0;
  }

  #payload(chunk: Uint8Array, at: number): number {
    const length = Math.min(this.#left, chunk.length - at);
    this.#left -= length;
    this.#onPayload(this.#stream, chunk.subarray(at, at + length));
    return length;
  }

  #headBytes(chunk: Uint8Array, at: number): number {
    const length = Math.min(FRAME_HEAD - this.#headFilled, chunk.length - at);
    this.#head.set(chunk.subarray(at, at + length), this.#headFilled);
    this.#headFilled += length;
    if (this.#headFilled === FRAME_HEAD) this.#readHead();
    return length;
  }

  #readHead(): void {
    const head = new DataView(this.#head.buffer);
    const stream = STREAMS[head.getUint8(0)];
    if (stream === undefined || head.getUint32(0) & 0xff_ff_ff)
      throw new FrameError('Unrecognized input header');
    this.#stream = stream;
    this.#left = head.getUint32(4);
    this.#headFilled = 0;
  }
}
