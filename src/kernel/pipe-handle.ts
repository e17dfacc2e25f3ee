/**
 * Brings a descriptor of a kind that Node does not know into the event loop. `net.Socket({ fd })` refuses it, but the
 * handle class behind any pipe opens whatever can be polled: libuv reads and writes it, one call for each.
 */
import { closeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

interface PipeHandle {
  open(fd: number): number;
}
type PipeConstructor = new (type: number) => PipeHandle;

/** Takes over the descriptor and makes it non-blocking. */
export function adoptPipe(fd: number, options: SocketConstructorOpts): Socket {
  const handle = new (pipeConstructor())(0);
  const failed = handle.open(fd);
  if (failed !== 0) {
    closeSync(fd);
    throw new Error(`cannot adopt descriptor ${fd}: ${failed}`);
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
