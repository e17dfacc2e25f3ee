/** Turns blocks of log records into what the container wrote: whole blocks at a time, without an object per line. */
import type { Encode, MessageHead, OutputStream } from '../task.ts';
import { HEADER_LENGTH, isPartial, NEWLINE, streamAt, timeText, timeTextOf } from './line.ts';
import { copyShortLines, type Page } from './short-lines.ts';

export interface DecodeOptions {
  stdout: boolean;
  stderr: boolean;
  since?: bigint;
  until?: bigint;
  timestamps?: boolean;
  details?: string;
  encode?: Encode;
  head?: MessageHead;
}

/** Docker cuts lines there: each piece is a message, and has a time stamp. */
const PIECE = 16 * 1024;

export class LogDecoder {
  /** A record later than `until` has been seen: there is nothing more to come. */
  isOver = false;
  readonly #options: DecodeOptions;
  readonly #since: string | undefined;
  readonly #until: string | undefined;
  /** Bytes of the unfinished line of each stream. */
  readonly #column: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  /** Used for every block: of many short lines little remains, and that is what the receiver gets a copy of. */
  readonly #page: Page = { bytes: Buffer.alloc(0), used: 0, messages: 0 };
  #stream: OutputStream = 'stdout';
  /** Where the head of a message goes that may get longer. */
  #openHead: number | undefined;

  constructor(options: DecodeOptions) {
    this.#options = options;
    if (options.since !== undefined) this.#since = timeTextOf(options.since);
    if (options.until !== undefined) this.#until = timeTextOf(options.until);
  }

  /** `block` holds whole records. The chunks are owned by the receiver. */
  *decode(block: Buffer): Generator<Uint8Array> {
    this.#begin(block.length);
    for (let record = 0; record < block.length && !this.isOver; ) {
      record = this.#appendShortLines(block, record);
      if (record >= block.length) break;
      const newline = block.indexOf(NEWLINE, record);
      if (newline - record >= HEADER_LENGTH && this.#isWanted(block, record)) {
        const stream = streamAt(block, record);
        if (stream !== this.#stream) {
          this.#closeMessage();
          if (this.#options.encode) yield* this.#flush();
          this.#stream = stream;
        }
        this.#append(block, record, isPartial(block, record) ? newline : newline + 1);
      }
      record = newline + 1;
    }
    yield* this.#flush();
  }

  /** As long as there is nothing to decide about them. Returns where the first record stands that is another matter. */
  #appendShortLines(block: Buffer, first: number): number {
    const { timestamps, details, head, ...wanted } = this.#options;
    if (timestamps || details !== undefined || this.#since !== undefined || this.#until !== undefined)
      return first;
    if (!wanted[this.#stream] || this.#isInMessage()) return first;
    return copyShortLines(block, first, this.#page, this.#stream, head);
  }

  #isInMessage(): boolean {
    return this.#openHead !== undefined || this.#column[this.#stream] !== 0;
  }

  #isWanted(block: Buffer, record: number): boolean {
    if (!this.#options[streamAt(block, record)]) return false;
    if (this.#since === undefined && this.#until === undefined) return true;
    const time = timeText(block, record);
    if (this.#until !== undefined && time > this.#until) this.isOver = true;
    return !this.isOver && (this.#since === undefined || time >= this.#since);
  }

  #append(block: Buffer, record: number, end: number): void {
    const { timestamps, details, head } = this.#options;
    if (timestamps || details !== undefined || head) this.#appendMessages(block, record, end);
    else this.#page.used += block.copy(this.#page.bytes, this.#page.used, record + HEADER_LENGTH, end);
  }

  #appendMessages(block: Buffer, record: number, end: number): void {
    for (let at = record + HEADER_LENGTH; at < end; ) {
      const column = this.#column[this.#stream];
      const isNew = column % PIECE === 0;
      if (isNew) this.#closeMessage();
      this.#openMessage();
      if (isNew) this.#stamp(block, record);
      const stop = Math.min(end, at + PIECE - (column % PIECE));
      this.#page.used += block.copy(this.#page.bytes, this.#page.used, at, stop);
      this.#column[this.#stream] = column + stop - at;
      at = stop;
    }
    if (block[end - 1] !== NEWLINE || end - 1 < record + HEADER_LENGTH) return;
    this.#column[this.#stream] = 0;
    this.#closeMessage();
  }

  /** What comes without a line's end goes on in the same message, as long as that has not been handed out. */
  #openMessage(): void {
    const { head } = this.#options;
    if (!head || this.#openHead !== undefined) return;
    this.#openHead = this.#page.used;
    this.#page.used += head.length;
  }

  #closeMessage(): void {
    const { head } = this.#options;
    if (!head || this.#openHead === undefined) return;
    head.write(
      this.#page.bytes,
      this.#openHead,
      this.#stream,
      this.#page.used - this.#openHead - head.length,
    );
    this.#openHead = undefined;
  }

  /** As Go's RFC3339NanoFixed in UTC. */
  #stamp(block: Buffer, record: number): void {
    const { timestamps, details } = this.#options;
    if (!timestamps && details === undefined) return;
    const time = timestamps ? `${timeText(block, record)}Z ` : '';
    const stamp = details === undefined ? time : `${time}${details} `;
    this.#page.used += this.#page.bytes.write(stamp, this.#page.used, 'latin1');
  }

  /** Head and time stamp are shorter than the header that they replace; those inside long lines need room, and details do. */
  #begin(length: number): void {
    const { details } = this.#options;
    const inLongLines = Math.ceil(length / PIECE) * HEADER_LENGTH;
    const stamps = Math.ceil(length / HEADER_LENGTH) + Math.ceil(length / PIECE);
    const room = details === undefined ? 0 : stamps * (details.length + 1);
    const needed = length + inLongLines + room;
    if (this.#page.bytes.length < needed) this.#page.bytes = Buffer.allocUnsafe(needed);
    this.#page.used = 0;
    this.#page.messages = 0;
  }

  *#flush(): Generator<Uint8Array> {
    this.#closeMessage();
    if (this.#page.used === 0) return;
    const chunk = this.#page.bytes.subarray(0, this.#page.used);
    this.#page.used = 0;
    const { encode } = this.#options;
    yield Buffer.from(encode ? encode(this.#stream, chunk) : chunk);
  }
}
