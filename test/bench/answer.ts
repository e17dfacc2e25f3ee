/**
 * The whole answer to a GET, taken as it comes and taken apart afterwards. In between the clock can be stopped: what is
 * measured is then the engine, and not Node's HTTP client and a loop over a million frames, which together cost as much.
 */
import { connect } from 'node:net';

const READ = 256 * 1024;

/** Everything that the engine sends, its head and the marks of chunks included, at the beginning of `room`. */
export function receive(socketPath: string, path: string, room: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let used = 0;
    const callback = (count: number, read: Uint8Array) => {
      if (used + count > room.length) socket.destroy(new Error(`more than ${room.length} bytes came`));
      else room.set(read.subarray(0, count), used);
      used += count;
      return true;
    };
    const socket = connect({ path: socketPath, onread: { buffer: Buffer.alloc(READ), callback } }, () =>
      socket.write(`GET /v1.41${path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`),
    );
    socket.on('error', reject).on('close', () => resolve(room.subarray(0, used)));
  });
}

/** Its body, which comes in chunks (RFC 9112, 7.1). Throws for another status than 200, and for one that is cut. */
export function bodyOf(answer: Buffer): Buffer {
  const head = answer.indexOf('\r\n\r\n');
  const [status = '', ...fields] = answer.subarray(0, Math.max(head, 0)).toString('latin1').split('\r\n');
  if (!/^HTTP\/1\.1 200 /.test(status)) throw new Error(status || 'no answer');
  if (!fields.some((field) => /^transfer-encoding: *chunked$/i.test(field))) return answer.subarray(head + 4);
  const chunks: Buffer[] = [];
  for (let at = head + 4; ; ) {
    const mark = answer.indexOf('\r\n', at);
    const size = Number.parseInt(answer.toString('latin1', at, mark), 16);
    const chunk = answer.subarray(mark + 2, mark + 2 + size);
    if (chunk.length !== size) throw new Error('the answer is cut');
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
    at = mark + 2 + size + 2;
  }
}
