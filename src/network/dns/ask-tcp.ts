/** One question to one server over TCP: RFC 7766. */
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import type { Server } from './ask-udp.ts';
import { idOf, isAnswerTo, withId } from './message.ts';
import { lengthPrefixed, TcpMessages } from './tcp-messages.ts';

/** The answer, with the id of `query`; `undefined` if the server is silent for `patience` milliseconds, or talks of something else. */
export function askTcp(
  query: Buffer,
  { address, port }: Server,
  patience: number,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const sent = withId(query, randomInt(65536));
    const socket = connect({ host: address, port, timeout: patience });
    const finish = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer && isAnswerTo(sent, answer) ? withId(answer, idOf(query)) : undefined);
    };
    const messages = new TcpMessages(finish);
    socket.on('connect', () => socket.write(lengthPrefixed(sent)));
    socket.on('data', (chunk) => messages.push(chunk));
    socket.on('timeout', () => finish());
    socket.on('error', () => finish());
    socket.on('close', () => finish());
  });
}
