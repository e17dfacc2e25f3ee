/** Sockets that keep packet boundaries, in the event loop: libuv reads and writes one packet per call. */
import type { Socket } from 'node:net';
import { adoptPipe } from './pipe-handle.ts';

/** Takes over the descriptor. `onPacket` gets a view of one packet, received into `buffer` and valid until it returns. */
export function packetSocket(
  fd: number,
  onPacket: (packet: Buffer) => void,
  buffer: Buffer = Buffer.allocUnsafe(64 * 1024),
): Socket {
  const onread = {
    buffer,
    callback: (length: number) => {
      onPacket(buffer.subarray(0, length));
      return true;
    },
  };
  return adoptPipe(fd, { readable: true, writable: true, allowHalfOpen: true, onread }).resume();
}

/** Takes over the descriptor. Each write is one packet, unless several wait: those Node would join. */
export function packetWriter(fd: number): Socket {
  return adoptPipe(fd, { readable: false, writable: true, allowHalfOpen: true });
}
