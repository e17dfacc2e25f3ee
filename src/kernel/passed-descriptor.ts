/** A unix socket at which another process hands over one descriptor: unix(7), SCM_RIGHTS. */
import { closeSync, rmSync } from 'node:fs';
import koffi from 'koffi';
import { bind, check } from './libc.ts';
import { openUnixSocket } from './unix-socket.ts';

const bindSocket = bind<(fd: number, address: Buffer, length: number) => number>(
  'int bind(int fd, void *address, uint length)',
);
const listen = bind<(fd: number, backlog: number) => number>('int listen(int fd, int backlog)');
const accept4 = bind<(fd: number, address: null, length: null, flags: number) => number>(
  'int accept4(int fd, void *address, void *length, int flags)',
);
const recvmsg = bind<(fd: number, message: Buffer, flags: number) => number>(
  'long recvmsg(int fd, void *message, int flags)',
);

const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT_CMSG_CLOEXEC = 0x40 | 0x40000000;
/** struct msghdr and struct cmsghdr of 64-bit Linux: recvmsg(2), cmsg(3). */
const MSGHDR = { size: 56, iov: 16, iovlen: 24, control: 32, controllen: 40 };
/** Of one descriptor: CMSG_LEN, so that the kernel gives no second one, and CMSG_SPACE. */
const CMSG = { level: 8, type: 12, data: 16, length: 20, space: 24 };
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
/** The bytes that come with it are a name for people: read, so that the message is whole, and left. */
const NAME = 4096;

export interface DescriptorSocket {
  /**
   * The descriptor, close-on-exec and the caller's to close. Waits for nothing: throws `EAGAIN` before a sender has
   * connected and sent. Sent is received, whether or not the sender still lives.
   */
  receive(): number;
  /** Once is enough; more often does no harm. */
  close(): void;
}

/** Listens at `path`. */
export function openDescriptorSocket(path: string): DescriptorSocket {
  const fd = openUnixSocket(path, SOCK_STREAM, (fd, address) => {
    check(bindSocket(fd, address, address.length), 'bind', path);
    check(listen(fd, 1), 'listen', path);
  });
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    closeSync(fd);
    rmSync(path, { force: true });
  };
  return { receive: () => receiveAt(fd), close };
}

function receiveAt(listener: number): number {
  const connection = check(accept4(listener, null, null, SOCK_CLOEXEC), 'accept4');
  try {
    return receiveDescriptor(connection);
  } finally {
    closeSync(connection);
  }
}

function receiveDescriptor(fd: number): number {
  const name = offHeap(NAME);
  const vector = offHeap(16);
  const control = offHeap(CMSG.space);
  const message = offHeap(MSGHDR.size);
  vector.writeBigUInt64LE(koffi.address(name), 0);
  vector.writeBigUInt64LE(BigInt(NAME), 8);
  message.writeBigUInt64LE(koffi.address(vector), MSGHDR.iov);
  message.writeBigUInt64LE(1n, MSGHDR.iovlen);
  message.writeBigUInt64LE(koffi.address(control), MSGHDR.control);
  message.writeBigUInt64LE(BigInt(CMSG.length), MSGHDR.controllen);
  check(recvmsg(fd, message, MSG_DONTWAIT_CMSG_CLOEXEC), 'recvmsg');
  const isRights =
    message.readBigUInt64LE(MSGHDR.controllen) > 0n &&
    control.readInt32LE(CMSG.level) === SOL_SOCKET &&
    control.readInt32LE(CMSG.type) === SCM_RIGHTS;
  if (!isRights) throw new Error('a message came without a descriptor');
  return control.readInt32LE(CMSG.data);
}

/** Memory that stays where it is: a small typed array may live in V8's heap, an ArrayBuffer of its own does not. */
const offHeap = (size: number) => Buffer.from(new ArrayBuffer(size));
