/**
 * One question to one server over UDP, from a socket of its own. The kernel gives each a random port and lets through
 * only what comes from the server that it is connected to (udp(7)); with the id that is what a forger would have to
 * guess (RFC 5452, 9.2). A packet that does not fit is passed over: the true answer may still come.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { idOf, isAnswerTo, withId } from './message.ts';

export interface Server {
  address: string;
  port: number;
}

/** The answer, with the id of `query`; `undefined` if none came within `patience` milliseconds, or nobody listens. */
export function askUdp(
  query: Buffer,
  { address, port }: Server,
  patience: number,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const sent = withId(query, randomInt(65536));
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    let settled = false;
    const settle = (answer: Buffer | undefined) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.close();
      resolve(answer && withId(answer, idOf(query)));
    };
    const timer = setTimeout(() => settle(undefined), patience);
    socket.on('error', () => settle(undefined));
    socket.on('message', (answer) => {
      if (isAnswerTo(sent, answer)) settle(answer);
    });
    socket.on('connect', () => {
      if (!settled) socket.send(sent, (error) => error && settle(undefined));
    });
    socket.connect(port, address);
  });
}
