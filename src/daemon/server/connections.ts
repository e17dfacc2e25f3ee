/** The connections of a server, so that it can be closed in order: answers that are awaited are given, streams end. */
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Resolves when nobody waits for the beginning of an answer, or after `grace` ms; then every connection is closed. */
  close(grace: number): Promise<void>;
}

export function trackConnections(server: Server): Connections {
  const sockets = new Set<Socket>();
  const responses = new Set<ServerResponse>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('request', (_request, response) => {
    responses.add(response);
    response.on('close', () => responses.delete(response));
  });
  return {
    close: async (grace) => {
      server.close();
      await beforeLong([...responses].filter(isAwaited).map(ended), grace);
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

/** Logs, events and attachments have begun to be answered, or are no HTTP any more: they would never end by themselves. */
const isAwaited = (response: ServerResponse) => !response.headersSent && response.socket !== null;

const ended = (response: ServerResponse) => once(response, 'close');

async function beforeLong(events: Promise<unknown>[], ms: number): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  await Promise.race([Promise.allSettled(events), over.promise]);
  clearTimeout(timer);
}
