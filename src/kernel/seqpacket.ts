/** A client of a SOCK_SEQPACKET unix socket (unix(7)), read and written by the event loop. */
import { closeSync, constants, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { bind, check } from './libc.ts';
import { PacketBatch, type PacketShape, type Packets } from './packet-batch.ts';
import { packetSocket, packetWriter } from './packet-socket.ts';
import { enlargePeerQueue } from './peer-queue.ts';

const socket = bind<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);
const connect = bind<(fd: number, address: Buffer, length: number) => number>(
  'int connect(int fd, void *address, uint length)',
);

const fcntl = bind<(fd: number, command: number, least: number) => number>(
  'int fcntl(int fd, int command, int least)',
);
const AF_UNIX = 1;
const SOCK_SEQPACKET_NONBLOCK_CLOEXEC = 5 | 0o4000 | 0o2000000;
const SUN_PATH = 108;
/** Read in one go, so that a busy peer does not keep the event loop from everybody else. */
const BATCHES_AT_ONCE = 16;
/** libuv reads once more when a packet has filled its buffer, only to hear that there is no other. */
const SPARE = 1;
const O_PATH = 0o10000000;
const F_DUPFD_CLOEXEC = 1030;

/**
 * Told of packets that have come. It may let them gather, as long as there is room for more. False: it has enough for
 * now, and has paused the connection.
 */
export type PacketListener = (packets: Packets) => boolean;

/**
 * Two handles on one connection: Node throws a socket away when a write fails, though the peer that takes no more may
 * have more to say.
 */
export interface PacketConnection {
  readonly incoming: Socket;
  readonly outgoing: Socket;
  /** Lets so many bytes wait here before the peer waits for them to be taken. False if that cannot be arranged. */
  enlargeQueue(bytes: number): boolean;
}

/**
 * Connects, or throws the errno (`ENOENT`, `ECONNREFUSED`: no such listener). A packet that the listener takes in smaller
 * reads is cut: write no more at once than it reads. When `incoming` closes, every packet has been handed over.
 */
export function connectSeqpacket(
  path: string,
  shape: PacketShape,
  onPackets: PacketListener,
): PacketConnection {
  const fd = connectedSocket(path);
  const batch = new PacketBatch(shape);
  const receive = (packet: Buffer) => {
    batch.add(packet);
    handOver(fd, batch, onPackets, BATCHES_AT_ONCE);
  };
  const incoming = packetSocket(duplicate(fd), receive, Buffer.allocUnsafe(1 + shape.payload + SPARE));
  incoming.once('close', (failed) => {
    if (failed) handOver(fd, batch, onPackets, Number.POSITIVE_INFINITY);
    closeSync(fd);
  });
  try {
    const outgoing = packetWriter(duplicate(fd));
    return {
      incoming,
      outgoing,
      enlargeQueue: (bytes) => !incoming.destroyed && enlargePeerQueue(fd, bytes),
    };
  } catch (error) {
    incoming.destroy();
    throw error;
  }
}

const duplicate = (fd: number) => check(fcntl(fd, F_DUPFD_CLOEXEC, 0), 'fcntl');

/**
 * libuv takes a read that does not fill its buffer for the last one and goes back to epoll, that is, once for each
 * packet. What else is there is taken here; the end of the stream is left for libuv to see. Also what is left behind an
 * error: a peer that closes with packets of ours unread leaves one (ECONNRESET), which the kernel reports before the
 * packets that it has sent (net/unix/af_unix.c: `unix_release_sock`, and net/core/datagram.c). They are still there.
 */
function handOver(fd: number, batch: PacketBatch, onPackets: PacketListener, times: number): void {
  for (let n = 0; n < times; n++) {
    if (!batch.isFull) batch.receive(fd);
    const { isFull } = batch;
    const hasRoom = batch.count === 0 || onPackets(batch);
    if (!isFull || (!hasRoom && times !== Number.POSITIVE_INFINITY)) return;
  }
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
