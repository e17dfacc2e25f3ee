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

/** Takes over the descriptor. `onPacket` gets a view of one packet, valid until it returns. */
export function packetSocket(fd: number, onPacket: (packet: Buffer) => void): Socket {
  const handle = new (pipeConstructor())(0);
  const failed = handle.open(fd);
  if (failed !== 0) {
    closeSync(fd);
    throw new Error(`cannot adopt socket ${fd}: ${failed}`);
  }
  const options = {
    handle,
    readable: true,
    writable: true,
    allowHalfOpen: true,
    onread: {
      buffer: Buffer.allocUnsafe(64 * 1024),
      callback: (length: number, buffer: Uint8Array) => {
        onPacket((buffer as Buffer).subarray(0, length));
        return true;
      },
    },
  };
  // `handle` is an option that Node's types do not know.
  return new Socket(options as object as SocketConstructorOpts).resume();
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
