/** `GET /containers/{id}/attach/ws`: attach for browsers, over a WebSocket. stdout and stderr come as one, unframed. */
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidArgument } from '../../../core/errors.ts';

const HEARTBEAT_FREE = { noServer: true, perMessageDeflate: false, clientTracking: false };

/** Takes the connection over. Throws `invalid-argument` if the request is no WebSocket handshake. */
export async function acceptWebSocket(
  { raw: request }: FastifyRequest,
  reply: FastifyReply,
): Promise<Duplex> {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
    throw invalidArgument('attach/ws needs a WebSocket handshake');
  }
  const { createWebSocketStream, WebSocketServer } = await import('ws');
  reply.hijack();
  const { socket } = request;
  if (socket.destroyed) throw new Error('the client left before the handshake');
  reply.raw.detachSocket(socket);
  const server = new WebSocketServer(HEARTBEAT_FREE);
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the client left during the handshake')));
    server.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) =>
      // Frames that are none, and a client that is cut off, end the stream: its 'close' says so.
      resolve(createWebSocketStream(webSocket).on('error', () => {})),
    );
  });
}
