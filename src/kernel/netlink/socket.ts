/**
 * A netlink(7) socket: requests go down in one send, the answers are read until each request is acknowledged.
 * Synchronous: the kernel has the answer ready when send returns. It speaks for ever to the network namespace it
 * was opened in, whichever the thread is in later.
 */
import { bind, check, systemError } from '../libc.ts';
import { messagesOf, NLM, type Received } from './message.ts';

const socket = bind<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);
const send = bind<(fd: number, data: Uint8Array, length: number, flags: number) => number>(
  'intptr_t send(int fd, const void *data, size_t length, int flags)',
);
const recv = bind<(fd: number, buffer: Uint8Array, length: number, flags: number) => number>(
  'intptr_t recv(int fd, void *buffer, size_t length, int flags)',
);
const setsockopt = bind<
  (fd: number, level: number, name: number, value: Uint8Array, length: number) => number
>('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)');
const bindSocket = bind<(fd: number, address: Uint8Array, length: number) => number>(
  'int bind(int fd, const void *address, unsigned int length)',
);
const close = bind<(fd: number) => number>('int close(int fd)');

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_NETLINK = 270;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
/** Extended acknowledgement: the kernel's own words for what was wrong (linux/netlink.h). */
const NETLINK_EXT_ACK = 11;
/** An acknowledgement does not carry the request back. */
const NETLINK_CAP_ACK = 10;
const NETLINK_ADD_MEMBERSHIP = 1;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const BUFFER = 1 << 20;

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

/** What a request that failed was about: `errno` and `code` are those of the kernel, `attempted` is the caller's name for it. */
export interface NetlinkError extends NodeJS.ErrnoException {
  attempted: string;
}

export class NetlinkSocket {
  readonly fd: number;
  readonly #buffer = Buffer.allocUnsafe(65536);
  #sequence = 1;

  constructor(protocol: number) {
    this.fd = check(socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), 'socket', 'netlink');
    const one = Buffer.from([1, 0, 0, 0]);
    setsockopt(this.fd, SOL_NETLINK, NETLINK_CAP_ACK, one, 4);
    setsockopt(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, one, 4);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(BUFFER);
    setsockopt(this.fd, SOL_SOCKET, SO_SNDBUFFORCE, size, 4);
    setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
  }

  /**
   * Sends all in order and waits for those that ask for an acknowledgement. Each has its name, for the error.
   * The first refusal is thrown, after all answers were read; rtnetlink has then done those before it and maybe those behind it.
   */
  request(requests: { attempted: string; message: Buffer }[]): void {
    if (requests.length === 0) return;
    const names = new Map<number, string>();
    for (const { attempted, message } of requests) {
      message.writeUInt32LE(this.#sequence, 8);
      if (message.readUInt16LE(6) & NLM.ACK) names.set(this.#sequence, attempted);
      this.#sequence++;
    }
    const bytes = Buffer.concat(requests.map((request) => request.message));
    check(send(this.fd, bytes, bytes.length, 0), 'send', requests[0]?.attempted);
    const failure = this.#acknowledged(names);
    if (failure) throw failure;
  }

  /** All messages that answer a dump request. */
  dump(attempted: string, message: Buffer): Received[] {
    message.writeUInt16LE(message.readUInt16LE(6) | NLM.DUMP, 6);
    message.writeUInt32LE(this.#sequence++, 8);
    check(send(this.fd, message, message.length, 0), 'send', attempted);
    const found: Received[] = [];
    for (;;) {
      for (const received of messagesOf(this.receive())) {
        if (received.type === NLMSG_DONE) return found;
        if (received.type === NLMSG_ERROR) {
          const failure = failureOf(received, attempted);
          if (failure) throw failure;
          return found;
        }
        found.push({ ...received, body: Buffer.from(received.body) });
      }
    }
  }

  /** The one message that answers, or `undefined` if there is no such thing (ENODEV, ENOENT, ESRCH). */
  get(attempted: string, message: Buffer): Received | undefined {
    message.writeUInt32LE(this.#sequence++, 8);
    check(send(this.fd, message, message.length, 0), 'send', attempted);
    const [received] = messagesOf(this.receive());
    if (received?.type !== NLMSG_ERROR) return received;
    const failure = failureOf(received, attempted);
    if (failure && !['ENODEV', 'ENOENT', 'ESRCH'].includes(failure.code ?? '')) throw failure;
    return undefined;
  }

  /** Joins a multicast group: `receive`, or who reads the descriptor, gets what the kernel announces there. */
  subscribe(group: number): void {
    // A socket without a port of its own is taken for the sender of announcements, and left out (af_netlink.c).
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF_NETLINK, 0);
    check(bindSocket(this.fd, address, address.length), 'bind', 'netlink');
    const value = Buffer.alloc(4);
    value.writeUInt32LE(group);
    check(setsockopt(this.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, value, 4), 'setsockopt', `group ${group}`);
  }

  /** One datagram; a view that the next call overwrites. Waits for one if there is none. */
  receive(): Buffer {
    const length = check(recv(this.fd, this.#buffer, this.#buffer.length, 0), 'recv', 'netlink');
    return this.#buffer.subarray(0, length);
  }

  close(): void {
    close(this.fd);
  }

  #acknowledged(names: Map<number, string>): NetlinkError | undefined {
    let first: NetlinkError | undefined;
    while (names.size > 0) {
      for (const received of messagesOf(this.receive())) {
        if (received.type !== NLMSG_ERROR) continue;
        const name = names.get(received.sequence);
        names.delete(received.sequence);
        const failure = failureOf(received, name ?? 'netlink batch');
        // A batch that is refused whole (nfnetlink's begin) is answered once: nothing else will come.
        if (failure && name === undefined) return first ?? failure;
        first ??= failure;
      }
    }
    return first;
  }
}

const EXT_ACK_TLVS = 0x200;
const CAPPED = 0x100;

function failureOf(received: Received, attempted: string): NetlinkError | undefined {
  const errno = -received.body.readInt32LE(0);
  if (errno === 0) return undefined;
  const error = systemError('netlink', errno, attempted);
  const reason = reasonOf(received);
  if (reason) error.message += ` (${reason})`;
  return Object.assign(error, { attempted });
}

/** NLMSGERR_ATTR_MSG behind the (capped) header of the request. */
function reasonOf(received: Received): string {
  if (!(received.flags & EXT_ACK_TLVS)) return '';
  const skip = received.flags & CAPPED ? 0 : received.body.readUInt32LE(4) - 16;
  const tlvs = received.body.subarray(4 + 16 + skip);
  if (tlvs.length < 4 || (tlvs.readUInt16LE(2) & 0x3fff) !== 1) return '';
  return tlvs.toString('utf8', 4, tlvs.readUInt16LE(0) - 1);
}
