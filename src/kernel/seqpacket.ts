/** A client of a SOCK_SEQPACKET unix socket (unix(7)), read and written by the event loop. */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { duplicate } from './duplicate.ts';
import { bind, check } from './libc.ts';
import { PacketBatch, type PacketShape, type Packets } from './packet-batch.ts';
import { packetSocket, packetWriter } from './packet-socket.ts';
import { enlargePeerQueue } from './peer-queue.ts';
import { openUnixSocket } from './unix-socket.ts';

const connect = bind<(fd: number, address: Buffer, length: number) => number>(
  'int connect(int fd, void *address, uint length)',
);

const SOCK_SEQPACKET = 5;
/** Read in one go, so that a busy peer does not keep the event loop from everybody else. */
const BATCHES_AT_ONCE = 16;
/** libuv reads once more when a packet has filled its buffer, only to hear that there is no other. */
const SPARE = 1;

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
  const fd = openUnixSocket(path, SOCK_SEQPACKET, (fd, address) => {
    check(connect(fd, address, address.length), 'connect', path);
  });
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
