/** Runs of short lines, which is what most logs are made of: one pass, without a call into C++ for a line. */
import type { MessageHead, OutputStream } from '../task.ts';
import { HEADER_LENGTH, isWhole, NEWLINE } from './line.ts';

/** Up to this length a line is copied byte by byte: to find its end and copy it are two calls into C++, 150 ns. */
const SHORT = 128;
/**
 * So many lines of a block have a message each. What follows goes together until a message has that many bytes: docker-modem
 * (dockerode) takes messages apart by recursion, and overflows its stack when some four thousand come in one read.
 */
const SINGLE = 1000;
const JOINED = 64;

/** What a block of records is decoded into. */
export interface Page {
  bytes: Buffer;
  used: number;
  /** Of short lines. */
  messages: number;
}

/**
 * Appends what the whole records of `stream` say, from `first` on, to the page, which has room. Returns where the first
 * record stands that is of another kind.
 */
export function copyShortLines(
  block: Buffer,
  first: number,
  page: Page,
  stream: OutputStream,
  head: MessageHead | undefined,
): number {
  const { length } = block;
  const { bytes } = page;
  const room = head?.length ?? 0;
  let { used, messages } = page;
  let record = first;
  let message = -1;
  while (record < length && isWhole(block, record, stream)) {
    const joins = message >= 0 && messages > SINGLE && used - message < JOINED;
    let to = joins ? used : used + room;
    let at = record + HEADER_LENGTH;
    const end = Math.min(length, at + SHORT);
    let byte = 0;
    while (at < end && byte !== NEWLINE) {
      byte = block[at++] as number;
      bytes[to++] = byte;
    }
    if (byte !== NEWLINE) break;
    if (!joins) {
      if (message >= 0) head?.write(bytes, message, stream, used - message - room);
      message = used;
      messages++;
    }
    used = to;
    record = at;
  }
  if (message >= 0) head?.write(bytes, message, stream, used - message - room);
  page.used = used;
  page.messages = messages;
  return record;
}
