/**
 * The one place where kinds of errors become HTTP statuses. Every refusal is `{ "message": "…" }` in Docker's words;
 * what is our fault (500) is logged here with its cause.
 */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidFilter } from '../../api/query.ts';
import { EngineError, type ErrorKind } from '../../core/errors.ts';
import { unservedError } from './unbuilt.ts';

export const STATUS: Record<ErrorKind, number> = {
  'invalid-argument': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'not-modified': 304,
  'not-implemented': 501,
  'too-large': 413,
  'too-many-requests': 429,
  /** A registry's word for a method that it does not take. */
  unsupported: 405,
  unavailable: 503,
  /** The client went away; nobody reads this. nginx's number for it. */
  cancelled: 499,
  internal: 500,
};

export function errors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answer(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const error = unservedError(request.method, request.raw.url ?? '');
    return reply.code(statusOf(error)).send({ message: error.message });
  });
}

export function statusOf(error: unknown): number {
  if (error instanceof EngineError) return STATUS[error.kind];
  if (error instanceof InvalidFilter) return STATUS['invalid-argument'];
  if (error instanceof AggregateError && error.cause !== undefined) return statusOf(error.cause);
  return fastifyStatus(error) ?? STATUS.internal;
}

function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  const status = statusOf(error);
  // Whatever failed for a client that hung up, failed because it did.
  // A request that was destroyed has no socket.
  const socket: Socket | null = request.raw.socket;
  const level = socket?.destroyed ? 'debug' : 'error';
  if (status === 500) request.log[level]({ err: error }, 'request failed');
  if (status === 304) return reply.code(304).send();
  return reply.code(status).send({ message: error instanceof Error ? error.message : String(error) });
}

/** fastify refuses some requests itself: a body too large, a URL that cannot be decoded. */
function fastifyStatus(error: unknown): number | undefined {
  const { code, statusCode } = error as Partial<FastifyError>;
  return code?.startsWith('FST_ERR_') ? statusCode : undefined;
}
