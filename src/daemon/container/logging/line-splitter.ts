/** Chunks of either stream → lines, in the order in which they end. */
import type { OutputStream } from '../../../runtime/task.ts';
import type { LogLine } from './destination.ts';

/** A longer line comes in pieces, as Docker cuts it: one that never ends would fill the memory. */
const PIECE = 16 * 1024;
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

export class LineSplitter {
  readonly #rest: Record<OutputStream, Buffer> = { stdout: NOTHING, stderr: NOTHING };
  #lines: LogLine[] = [];

  add(stream: OutputStream, chunk: Uint8Array): void {
    const text = Buffer.concat([this.#rest[stream], chunk]);
    let at = 0;
    for (let newline = text.indexOf(NEWLINE); newline >= 0; newline = text.indexOf(NEWLINE, at)) {
      at = this.#cut(stream, text, at, newline);
      this.#push(stream, text.subarray(at, newline));
      at = newline + 1;
    }
    at = this.#cut(stream, text, at, text.length);
    // A copy: the rest of a page would keep all of it.
    this.#rest[stream] = Buffer.from(text.subarray(at));
  }

  take(): LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** What was said last, without a newline behind it. */
  takeUnfinished(): LogLine[] {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#rest[stream];
      this.#rest[stream] = NOTHING;
      if (rest.length > 0) this.#push(stream, rest);
    }
    return this.take();
  }

  /** Pieces, as long as there is more than one, none ending within a letter of UTF-8. Returns where the rest begins. */
  #cut(stream: OutputStream, text: Buffer, from: number, end: number): number {
    let at = from;
    while (end - at > PIECE) {
      let cut = at + PIECE;
      for (let back = 0; back < 3 && isWithinLetter(text[cut]); back++) cut--;
      this.#push(stream, text.subarray(at, cut));
      at = cut;
    }
    return at;
  }

  #push(stream: OutputStream, text: Buffer): void {
    this.#lines.push({ stream, text: text.toString() });
  }
}

/** RFC 3629: 10xxxxxx. */
const isWithinLetter = (byte = 0) => (byte & 0xc0) === 0x80;
