/**
 * Between program and client lie two terminals: the container's, and ours, which `runc exec` runs in. Ours turns `\n`
 * into `\r\n`, so runc has the container's leave it (ONLCR, termios(3)) once it has been sent that terminal (runc, tty.go,
 * recvtty). The program does not wait for it: on a busy machine it may print before, and its lines then end by `\r\r\n`.
 */

/** Bytes in which that is looked for: so much is on its way, at most, by the time runc is done. */
const EARLY = 4096;

/** Takes the second return away. A screen shows the same where a program printed it on purpose. */
export function withoutEarlyReturns(): (chunk: Uint8Array) => Uint8Array {
  let left = EARLY;
  return (chunk) => {
    if (left <= 0) return chunk;
    left -= chunk.length;
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    return Buffer.from(text.replaceAll('\r\r\n', '\r\n'), 'latin1');
  };
}
