/** Reads an HTTP body from a bare socket, to its last byte and no further (RFC 9112, sections 6.2 and 7.1). */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { invalidArgument } from '../../core/errors.ts';

const LINE_LIMIT = 1024;

export async function* readLength(socket: Socket, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const piece = take(await nextBytes(socket), left, socket);
    left -= piece.length;
    yield piece;
  }
}

/** Chunk extensions and trailers are skipped. */
export async function* readChunked(socket: Socket): AsyncGenerator<Buffer> {
  for (;;) {
    const size = chunkSize(await readLine(socket));
    if (size === 0) break;
    yield* readLength(socket, size);
    await readLine(socket);
  }
  while ((await readLine(socket)) !== '');
}

function chunkSize(line: string): number {
  const [, digits] = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(line) ?? [];
  if (digits === undefined) throw invalidArgument('malformed chunked encoding');
  return Number.parseInt(digits, 16);
}

async function readLine(socket: Socket): Promise<string> {
  let line = Buffer.alloc(0);
  for (;;) {
    line = Buffer.concat([line, await nextBytes(socket)]);
    const end = line.indexOf('\n');
    if (end >= 0)
      return take(line, end + 1, socket)
        .toString('latin1')
        .trimEnd();
    if (line.length > LINE_LIMIT) throw invalidArgument('malformed chunked encoding');
  }
}

/** Cuts `bytes` after `length` and puts the rest back. */
function take(bytes: Buffer, length: number, socket: Socket): Buffer {
  if (bytes.length > length) socket.unshift(bytes.subarray(length));
  return bytes.subarray(0, length);
}

/** All that is there, or else what comes next. */
async function nextBytes(socket: Socket): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read();
    if (bytes !== null) return bytes;
    if (socket.readableEnded || socket.destroyed) throw invalidArgument('unexpected end of the request body');
    await firstOf(socket, ['readable', 'end', 'close']);
  }
}

/** Leaves no listener behind. */
async function firstOf(socket: Socket, events: string[]): Promise<void> {
  const heard = new AbortController();
  await Promise.race(events.map((event) => once(socket, event, { signal: heard.signal })));
  heard.abort();
}
