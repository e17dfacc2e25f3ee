/**
 * conmon's packets, one byte that names the stream and at most 8 KiB of it, put together: those of one stream that
 * come at once, or soon after others, go on as one chunk. A busy container's packets come one by one, as fast as they
 * are taken, and each trip to a client costs more than the bytes in it: 300 MB go through in half the processor time.
 */
import type { PacketShape, Packets } from '../../kernel/packet-batch.ts';
import type { OutputStream } from '../task.ts';

/** conmon's STDIO_BUF_SIZE; a chunk is 64 KiB at most. */
export const CONMON_PACKETS: PacketShape = { payload: 8192, count: 8 };
/** conmon's stdpipe_t. */
const STDERR_PIPE = 3;
/** What comes within so long after a chunk waits for as long at most; what comes after a silence goes on at once. */
const MOMENT_MS = 1;

/** A chunk is a view, valid until it returns. */
type OnChunk = (stream: OutputStream, chunk: Uint8Array) => void;

export class PacketJoiner {
  readonly #onChunk: OnChunk;
  readonly #onBusy: () => void;
  readonly #now: () => number;
  #packets: Packets | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  /** `onBusy`: a chunk was filled before it was to go. `now`: milliseconds of a clock. */
  constructor(onChunk: OnChunk, onBusy: () => void = () => {}, now = () => performance.now()) {
    this.#onChunk = onChunk;
    this.#onBusy = onBusy;
    this.#now = now;
  }

  readonly onPackets = (packets: Packets): void => {
    this.#packets = packets;
    const { isFull } = packets;
    if (isFull || this.#now() - this.#last > MOMENT_MS) this.flush();
    if (isFull) this.#onBusy();
    if (this.#packets) this.#timer ??= setTimeout(this.#onTimer, MOMENT_MS);
  };

  /** Nothing waits any more. */
  flush(): void {
    const packets = this.#packets;
    if (packets === undefined) return;
    this.#packets = undefined;
    joinPackets(packets, this.#onChunk);
    packets.clear();
    this.#last = this.#now();
  }

  /** What waits is for nobody. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#packets = undefined;
  }

  readonly #onTimer = () => {
    this.#timer = undefined;
    this.flush();
  };
}

function joinPackets({ count, payloads, tag, length }: Packets, onChunk: OnChunk): void {
  let begin = 0;
  let end = 0;
  for (let n = 0; n < count; n++) {
    const slot = n * CONMON_PACKETS.payload;
    if (n > 0 && tag(n) !== tag(n - 1)) {
      onChunk(streamOf(tag(n - 1)), payloads.subarray(begin, end));
      begin = end = slot;
    }
    // Behind a packet that did not fill its slot.
    if (slot !== end) payloads.copyWithin(end, slot, slot + length(n));
    end += length(n);
  }
  if (count > 0) onChunk(streamOf(tag(count - 1)), payloads.subarray(begin, end));
}

const streamOf = (tag: number): OutputStream => (tag === STDERR_PIPE ? 'stderr' : 'stdout');
