/**
 * Requests with `Upgrade: tcp` (or websocket). Node takes such a connection out of its HTTP server and reads no body
 * of it; fastify gets the request all the same, with a response that is written to the bare socket, and the body
 * is read from there when a route asks for it.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readChunked, readLength } from './upgrade-body.ts';

type Route = (request: IncomingMessage, response: ServerResponse) => void;

const upgrades = new WeakSet<IncomingMessage>();

/**
 * For http.Server's `shouldUpgradeCallback`: other upgrades are served as if they had not been asked for. That is so
 * of h2c, too, but where a client would go on in gRPC.
 */
export function isUpgrade({ headers, url = '' }: IncomingMessage): boolean {
  if (/^h2c$/i.test(headers.upgrade ?? '')) return /^(?:\/v[\d.]+)?\/grpc$/.test(url);
  return /^(tcp|websocket)$/i.test(headers.upgrade ?? '');
}

/** True if this request came with its connection: what follows its head is not HTTP. */
export function isUpgraded(request: IncomingMessage): boolean {
  return upgrades.has(request);
}

/** A listener for http.Server's 'upgrade'. An answer that is not an upgrade closes the connection. */
export function onUpgrade(route: Route): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, duplex, head) => {
    const socket = duplex as Socket;
    socket.on('error', () => {});
    if (head.length > 0) socket.unshift(head);
    upgrades.add(request);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.destroySoon());
    route(request, response);
  };
}

/** The body of an upgraded request; bytes behind it stay in the socket. */
export function upgradeBody(request: IncomingMessage): AsyncIterable<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined) return readChunked(request.socket);
  return readLength(request.socket, Number(request.headers['content-length'] ?? 0));
}
