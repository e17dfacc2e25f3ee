/**
 * A client of a SOCK_SEQPACKET unix socket (unix(7)). `net.Socket({ fd })` refuses such a descriptor, but the handle
 * class behind any pipe opens it, and libuv reads and writes one packet per call.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { basename, dirname } from 'node:path';
import { bind, check } from './libc.ts';

const socket = bind<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);
const connect = bind<(fd: number, address: Buffer, length: number) => number>(
  'int connect(int fd, void *address, uint length)',
);

const AF_UNIX = 1;
const SOCK_SEQPACKET_NONBLOCK_CLOEXEC = 5 | 0o4000 | 0o2000000;
const SUN_PATH = 108;
const O_PATH = 0o10000000;

interface PipeHandle {
  open(fd: number): number;
}
type PipeConstructor = new (type: number) => PipeHandle;

/**
 * Connects, or throws the errno (`ENOENT`, `ECONNREFUSED`: no such listener). `onPacket` gets a view of one packet, valid
 * until it returns. A packet that the listener takes in smaller reads is cut: write no more at once than it reads.
 */
export function connectSeqpacket(path: string, onPacket: (packet: Buffer) => void): Socket {
  const fd = connectedSocket(path);
  const handle = new (pipeConstructor())(0);
  const failed = handle.open(fd);
  if (failed !== 0) {
    closeSync(fd);
    throw new Error(`cannot adopt the connection to ${path}: ${failed}`);
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

/** Through the open parent directory, because a socket address holds 108 bytes and paths are longer. */
function connectedSocket(path: string): number {
  const directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
  let fd = -1;
  try {
    fd = check(socket(AF_UNIX, SOCK_SEQPACKET_NONBLOCK_CLOEXEC, 0), 'socket');
    const address = Buffer.alloc(2 + SUN_PATH);
    address.writeUInt16LE(AF_UNIX, 0);
    address.write(`/proc/self/fd/${directory}/${basename(path)}`, 2, SUN_PATH - 1);
    check(connect(fd, address, address.length), 'connect', path);
    return fd;
  } catch (error) {
    if (fd >= 0) closeSync(fd);
    throw error;
  } finally {
    closeSync(directory);
  }
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
