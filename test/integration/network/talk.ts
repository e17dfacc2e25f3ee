/**
 * Both ends of a connection, as a program inside a network namespace:
 *
 *   talk.ts serve tcp ADDRESS PORT          answers every connection with the caller's address as it sees it
 *   talk.ts serve udp ADDRESS PORT TEXT     answers every datagram with TEXT, or with what came if that is ''
 *   talk.ts call tcp ADDRESS PORT           prints what comes
 *   talk.ts call udp ADDRESS PORT [FROM]    sends `ping`, a few times, for datagrams get lost; prints the answer
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const [, , end = '', protocol = '', address = '', portText = '', more = ''] = process.argv;
const port = Number(portText);
/** Milliseconds. */
const PATIENCE = 2000;
const RESEND = 500;

const ends: Record<string, () => void> = {
  'serve tcp': serveTcp,
  'serve udp': serveUdp,
  'call tcp': callTcp,
  'call udp': callUdp,
};
ends[`${end} ${protocol}`]?.();

function serveTcp(): void {
  createServer((socket) => {
    socket.on('error', () => {});
    socket.end((socket.remoteAddress ?? '').replace('::ffff:', ''));
  }).listen(port, address);
}

function serveUdp(): void {
  const socket = datagramSocket();
  socket.on('message', (packet, from) => socket.send(more || packet, from.port, from.address));
  socket.bind(port, address);
}

function callTcp(): void {
  const socket = connect(port, address);
  const giveUp = setTimeout(() => process.exit(1), PATIENCE);
  socket.on('connect', () => clearTimeout(giveUp));
  socket.on('error', () => process.exit(1));
  socket.pipe(process.stdout);
}

function callUdp(): void {
  const socket = datagramSocket();
  const send = () => socket.send('ping', port, address, () => {});
  socket.on('error', () => {});
  socket.on('message', (answer) => {
    process.stdout.write(answer);
    process.exit();
  });
  socket.bind(Number(more || 0), send);
  setInterval(send, RESEND);
  setTimeout(() => process.exit(1), PATIENCE);
}

function datagramSocket() {
  return createSocket(address.includes(':') ? 'udp6' : 'udp4');
}
