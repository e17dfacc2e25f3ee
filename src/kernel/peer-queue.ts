/**
 * How much a process at the other end of a unix socket may send before it waits for the reader. The limit is its own
 * (socket(7), SO_SNDBUF: 208 KiB, some twenty packets of 8 KiB), so it is set on its own descriptor (pidfd_getfd(2)).
 */
import { closeSync, readdirSync } from 'node:fs';
import { bind, check } from './libc.ts';

type AddressCall = (fd: number, address: Buffer, length: Uint32Array) => number;

const getsockopt = bind<
  (fd: number, level: number, name: number, value: Int32Array, size: Uint32Array) => number
>('int getsockopt(int fd, int level, int name, void *value, void *size)');
const setsockopt = bind<(fd: number, level: number, name: number, value: Int32Array, size: number) => number>(
  'int setsockopt(int fd, int level, int name, void *value, uint size)',
);
const getpeername = bind<AddressCall>('int getpeername(int fd, void *address, void *length)');
const getsockname = bind<AddressCall>('int getsockname(int fd, void *address, void *length)');
const pidfdOpenSyscall = bind<(number: number, pid: number, flags: number) => number>(
  'long syscall(long number, int pid, uint flags)',
);
const pidfdGetfdSyscall = bind<(number: number, pidfd: number, fd: number, flags: number) => number>(
  'long syscall(long number, int pidfd, int fd, uint flags)',
);

/** Numbers common to all architectures since Linux 5.3 (syscalls(2)). */
const SYS_pidfd_open = 434;
const SYS_pidfd_getfd = 438;

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_SNDBUFFORCE = 32;
const ADDRESS_SIZE = 128;

/** False if the peer is gone, or this process may not reach into it. */
export function enlargePeerQueue(fd: number, bytes: number): boolean {
  const address = addressFrom(getpeername, fd);
  const pid = peerOf(fd);
  const pidfd = pid === 0 ? -1 : pidfdOpenSyscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0 || address === undefined) return false;
  try {
    return descriptorsOf(pid).filter((theirs) => enlarge(pidfd, theirs, address, bytes)).length > 0;
  } finally {
    closeSync(pidfd);
  }
}

/** A socket that was accepted has the address of the one that listens. */
function enlarge(pidfd: number, theirs: number, address: Buffer, bytes: number): boolean {
  const copy = pidfdGetfdSyscall(SYS_pidfd_getfd, pidfd, theirs, 0);
  if (copy < 0) return false;
  try {
    if (addressFrom(getsockname, copy)?.equals(address) !== true) return false;
    return setsockopt(copy, SOL_SOCKET, SO_SNDBUFFORCE, Int32Array.of(bytes), 4) === 0;
  } finally {
    closeSync(copy);
  }
}

/** Undefined for what is no socket. */
function addressFrom(call: AddressCall, fd: number): Buffer | undefined {
  const address = Buffer.alloc(ADDRESS_SIZE);
  const length = Uint32Array.of(ADDRESS_SIZE);
  return call(fd, address, length) < 0 ? undefined : address.subarray(0, length[0]);
}

/** struct ucred of unix(7) begins with the pid of who began to listen. */
function peerOf(fd: number): number {
  const credentials = new Int32Array(3);
  check(
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, Uint32Array.of(credentials.byteLength)),
    'getsockopt',
  );
  return credentials[0] ?? 0;
}

function descriptorsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}
