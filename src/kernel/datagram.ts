/** A datagram to a unix socket, which Node has no door to: unix(7), sendto(2). */
import { closeSync } from 'node:fs';
import { bind, check } from './libc.ts';

const socket = bind<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);
const sendto = bind<
  (fd: number, data: Buffer, length: number, flags: number, address: Buffer, size: number) => number
>(
  'long sendto(int fd, const uint8_t *data, size_t length, int flags, const uint8_t *address, uint32_t size)',
);

const connect = bind<(fd: number, address: Buffer, length: number) => number>(
  'int connect(int fd, const uint8_t *address, uint32_t length)',
);

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;

/** Throws the errno if nobody takes datagrams there (`ENOENT`, `ECONNREFUSED`, `EPROTOTYPE`). */
export function probeUnixDatagram(address: string): void {
  const fd = check(socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0), 'socket');
  try {
    const target = socketAddress(address);
    check(connect(fd, target, target.length), 'connect', address);
  } finally {
    closeSync(fd);
  }
}

/**
 * An address that begins with `@` is in the abstract namespace (unix(7), "Address format"). Throws `EAGAIN` where the
 * receiver has not taken what was sent before. `patient`: waits for it, and the whole process with it.
 */
export function sendUnixDatagram(address: string, text: string, { patient = false } = {}): void {
  const fd = check(socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0), 'socket');
  try {
    const data = Buffer.from(text);
    const target = socketAddress(address);
    const flags = patient ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT;
    check(sendto(fd, data, data.length, flags, target, target.length), 'sendto', address);
  } finally {
    closeSync(fd);
  }
}

function socketAddress(path: string): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`)]);
}
