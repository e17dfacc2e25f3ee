/** TCP and UDP sockets made by hand, because they must be made in one network namespace and used from any. ip(7), ipv6(7). */
import { bind as bindLibc, check } from './libc.ts';

const socket = bindLibc<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);
const bindSocket = bindLibc<(fd: number, address: Uint8Array, length: number) => number>(
  'int bind(int fd, const void *address, unsigned int length)',
);
const listen = bindLibc<(fd: number, backlog: number) => number>('int listen(int fd, int backlog)');
const setsockopt = bindLibc<
  (fd: number, level: number, name: number, value: Uint8Array, length: number) => number
>('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)');
const getsockname = bindLibc<(fd: number, address: Uint8Array, length: Uint8Array) => number>(
  'int getsockname(int fd, void *address, void *length)',
);

const close = bindLibc<(fd: number) => number>('int close(int fd)');

const AF = { 4: 2, 6: 10 } as const;
const TYPE = { tcp: 1, udp: 2, sctp: 1 } as const;
const PROTOCOL = { tcp: 0, udp: 0, sctp: 132 } as const;
/** SOCK_CLOEXEC | SOCK_NONBLOCK. */
const FLAGS = 0o2000000 | 0o4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const BACKLOG = 4096;

export interface SocketAddress {
  protocol: 'tcp' | 'udp' | 'sctp';
  /** 4 or 16 bytes. */
  address: Uint8Array;
  port: number;
}

/** A descriptor, bound; TCP and SCTP listen. The caller closes it. Throws with errno (`EADDRINUSE` …) and the address. */
export const openListening = (where: SocketAddress): number => openSocket(where, true);

/** One that does not listen refuses whoever connects, and nobody else can have its port. */
export function openSocket({ protocol, address, port }: SocketAddress, listens: boolean): number {
  const family = address.length === 4 ? 4 : 6;
  const name = `${protocol} port ${port}`;
  const fd = check(socket(AF[family], TYPE[protocol] | FLAGS, PROTOCOL[protocol]), 'socket', name);
  try {
    // Connections of an earlier holder that linger in TIME_WAIT do not block the port; for UDP it would let two hold it.
    // So it would of a socket that does not listen: socket(7).
    if (protocol !== 'udp' && listens) option(fd, SOL_SOCKET, SO_REUSEADDR);
    if (family === 6) option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    const where = socketAddress(address, port);
    check(bindSocket(fd, where, where.length), 'bind', name);
    if (protocol !== 'udp' && listens) check(listen(fd, BACKLOG), 'listen', name);
    return fd;
  } catch (error) {
    closeSocket(fd);
    throw error;
  }
}

/** Not by node:fs, which keeps its own list of what a worker opened. */
export function closeSocket(fd: number): void {
  close(fd);
}

/** The port that the kernel chose for one bound to 0. */
export function portOf(fd: number): number {
  const address = Buffer.alloc(28);
  const length = Buffer.from([28, 0, 0, 0]);
  check(getsockname(fd, address, length), 'getsockname');
  return address.readUInt16BE(2);
}

function option(fd: number, level: number, name: number): void {
  check(setsockopt(fd, level, name, Buffer.from([1, 0, 0, 0]), 4), 'setsockopt');
}

/** struct sockaddr_in or sockaddr_in6. */
function socketAddress(address: Uint8Array, port: number): Buffer {
  const four = address.length === 4;
  const buffer = Buffer.alloc(four ? 16 : 28);
  buffer.writeUInt16LE(four ? 2 : 10, 0);
  buffer.writeUInt16BE(port, 2);
  buffer.set(address, four ? 4 : 8);
  return buffer;
}
