/**
 * Connections that stop being HTTP: attach and exec turn theirs into a bare two-way stream. New clients ask with
 * `Upgrade: tcp` and are told `101 UPGRADED`; old ones ask with nothing and are told `200 OK`, and the bytes that
 * follow the head are the stream. Either side may close its half: the other half stays open.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { olderThan } from '../../api/version.ts';
import { isUpgraded } from '../server/upgrade.ts';

export interface Hijacked {
  /** What the client sends, and what it is sent. Ending it closes our half only. */
  stream: Duplex;
  /** False: the old form. */
  upgraded: boolean;
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** How dockerd names a stream to clients of this version; before 1.42 every stream was raw in name. */
export function streamType(apiVersion: string, multiplexed: boolean): string {
  return multiplexed && !olderThan(apiVersion, '1.42') ? MULTIPLEXED_STREAM : RAW_STREAM;
}

/** Takes the connection of a request over and sends the head. From then on the stream is the only answer. */
export function hijack(request: FastifyRequest, reply: FastifyReply, contentType: string): Hijacked {
  // As to dockerd, the one header says it all; HTTP has clients add `Connection: Upgrade`, and some do not.
  const upgraded = request.raw.headers.upgrade !== undefined;
  const head = headOf(upgraded, contentType, reply.getHeaders());
  const framed = !isUpgraded(request.raw) && !request.raw.complete;
  const socket = takeConnection(request, reply);
  socket.write(head);
  return { stream: framed ? joined(request.raw, socket) : socket, upgraded };
}

/**
 * Input comes as an HTTP body, output goes to the bare socket; with both over, the connection is. A client that goes
 * away in the middle of its body is an error of the stream; whoever reads it learns that from its 'close'. A connection
 * that ends there is no half-close: a body says itself where it ends (RFC 9112, section 8).
 */
function joined(readable: IncomingMessage, writable: Socket): Duplex {
  writable.once('end', () => {
    if (!readable.complete) readable.destroy();
  });
  return Duplex.from({ readable, writable })
    .on('error', () => {})
    .on('close', () => writable.destroySoon());
}

/** The bare connection, with nothing sent: what an HTTP answer would have been is the caller's to write. */
export function takeConnection(request: FastifyRequest, reply: FastifyReply): Socket {
  reply.hijack();
  const { socket } = request.raw;
  reply.raw.detachSocket(socket);
  socket.setTimeout(0);
  if (isUpgraded(request.raw)) skipEmptyBody(request.raw);
  else releaseFromServer(request.raw, reply.raw);
  return socket;
}

function headOf(upgraded: boolean, contentType: string, headers: Record<string, unknown>): string {
  const lines = upgraded
    ? ['HTTP/1.1 101 UPGRADED', `Content-Type: ${contentType}`, 'Connection: Upgrade', 'Upgrade: tcp']
    : ['HTTP/1.1 200 OK', `Content-Type: ${contentType}`, 'Connection: close'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** dockerode announces a chunked body and upgrades in the same breath: the end of that empty body is no input. */
function skipEmptyBody(request: IncomingMessage): void {
  if (request.headers['transfer-encoding'] === undefined) return;
  const start: Buffer | null = request.socket.read();
  if (start === null) return;
  const rest = start.toString('latin1', 0, 5) === '0\r\n\r\n' ? start.subarray(5) : start;
  if (rest.length > 0) request.socket.unshift(rest);
}

/**
 * The HTTP server still listens on a connection that was not upgraded: its listeners go, as they do when it upgrades
 * one itself, or raw bytes would be taken for the next request. With a body still to come only the end of the
 * connection is taken from it. Adding a 'data' listener makes Node stop parsing below JavaScript (`unconsume`).
 */
function releaseFromServer(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const events = request.complete
    ? ['data', 'end', 'drain', 'timeout', 'error']
    : ['end', 'timeout', 'error'];
  if (request.complete) socket.on('data', () => {});
  for (const event of events) socket.removeAllListeners(event);
  socket.on('error', () => response.destroy());
  if (!request.complete) return;
  socket.pause();
  Object.assign(socket, { readableFlowing: null });
}
