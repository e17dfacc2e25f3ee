/**
 * Brings a socket that keeps packet boundaries into the event loop. `net.Socket({ fd })` refuses such a descriptor, but
 * the handle class behind any pipe opens it, and libuv reads and writes one packet per call.
 */
import { closeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

interface PipeHandle {
  open(fd: number): number;
}
type PipeConstructor = new (type: number) => PipeHandle;

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
  return adopt(fd, { readable: true, writable: true, allowHalfOpen: true, onread }).resume();
}

/** Takes over the descriptor. Each write is one packet, unless several wait: those Node would join. */
export function packetWriter(fd: number): Socket {
  return adopt(fd, { readable: false, writable: true, allowHalfOpen: true });
}

function adopt(fd: number, options: SocketConstructorOpts): Socket {
  const handle = new (pipeConstructor())(0);
  const failed = handle.open(fd);
  if (failed !== 0) {
    closeSync(fd);
    throw new Error(`cannot adopt socket ${fd}: ${failed}`);
  }
  // `handle` is an option that Node's types do not know.
  return new Socket({ ...options, handle } as object as SocketConstructorOpts);
}

/** The class is not exported by Node; every pipe handle is made from it, so an unconnected one shows it. */
function pipeConstructor(): PipeConstructor {
  const probe = new Socket() as Socket & { _handle?: PipeHandle };
  probe.on('error', () => {});
  probe.connect({ path: '/' });
  const handle = probe._handle;
  probe.destroy();
  if (handle === undefined) throw new Error('this Node keeps no handle in its sockets');
  return handle.constructor as PipeConstructor;
}
