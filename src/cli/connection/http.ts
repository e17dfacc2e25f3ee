// HTTP/1.1 over one byte stream, as much as a client of the engine needs: send a request, read the head of
// the answer, read its body. Written on node:net because node:http takes 6 ms more to load (29 against 23
// on the machine where this was measured), which is a third of what `ps` takes altogether.

import type { Duplex } from 'node:stream';

export interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

const maxHead = 1 << 20;

/** Reads up to the empty line; what follows it stays in the socket. Skips 1xx answers but 101. */
export function readHead(socket: Duplex): Promise<Head> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const settle = (error: unknown, head?: Head) => {
      socket.off('data', onData).off('error', onError).off('close', onClose).off('end', onClose);
      socket.pause();
      if (head) resolve(head);
      else reject(error);
    };
    const onError = (error: Error) => settle(error);
    const onClose = () => settle(new Error('unexpected EOF'));
    const onData = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      try {
        const head = takeHead();
        if (!head) return;
        settle(undefined, head);
        if (seen.length > 0) socket.unshift(seen);
      } catch (error) {
        settle(error);
      }
    };
    const takeHead = (): Head | undefined => {
      for (let end = seen.indexOf('\r\n\r\n'); end >= 0; end = seen.indexOf('\r\n\r\n')) {
        const head = parseHead(seen.subarray(0, end).toString('latin1'));
        seen = seen.subarray(end + 4);
        if (head.status >= 200 || head.status === 101) return head;
      }
      if (seen.length > maxHead) throw new Error('the head of the answer is too long');
      return undefined;
    };
    socket.on('data', onData).on('error', onError).on('close', onClose).on('end', onClose);
  });
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1]);
  if (!status) throw new Error(`malformed HTTP response ${JSON.stringify(first)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status, headers };
}

/** The body's bytes, freed of their framing. Closes the socket when the body ends or is given up. */
export async function* readBody(socket: Duplex, head: Head, method: string): AsyncGenerator<Buffer> {
  try {
    if (method === 'HEAD' || head.status === 204 || head.status === 304) return;
    const length = head.headers.get('content-length');
    if (head.headers.get('transfer-encoding')?.toLowerCase().includes('chunked')) yield* readChunks(socket);
    else if (length !== undefined) yield* readExactly(socket, Number(length));
    else yield* socket as AsyncIterable<Buffer>;
  } finally {
    socket.destroy();
  }
}

async function* readExactly(socket: Duplex, length: number): AsyncGenerator<Buffer> {
  let left = length;
  if (left === 0) return;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
  throw new Error('unexpected EOF');
}

/** RFC 9112, section 7.1: size in hexadecimal, CRLF, that many bytes, CRLF; size 0 ends it. */
async function* readChunks(socket: Duplex): AsyncGenerator<Buffer> {
  let line = '';
  let left = 0;
  let skip = 0;
  for await (let bytes of socket as AsyncIterable<Buffer>) {
    while (bytes.length > 0) {
      if (left > 0) {
        yield bytes.subarray(0, left);
        const taken = Math.min(left, bytes.length);
        left -= taken;
        skip = left === 0 ? 2 : 0;
        bytes = bytes.subarray(taken);
      } else if (skip > 0) {
        const taken = Math.min(skip, bytes.length);
        skip -= taken;
        bytes = bytes.subarray(taken);
      } else {
        const end = bytes.indexOf(10);
        line += bytes.subarray(0, end < 0 ? undefined : end).toString('latin1');
        bytes = end < 0 ? bytes.subarray(bytes.length) : bytes.subarray(end + 1);
        if (end < 0) continue;
        left = Number.parseInt(line, 16);
        if (Number.isNaN(left)) throw new Error('malformed chunk in the answer');
        line = '';
        if (left === 0) return;
      }
    }
  }
  throw new Error('unexpected EOF');
}
