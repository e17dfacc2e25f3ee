/**
 * Request bodies. A route with a body schema gets parsed JSON, whatever content type the client named or forgot; a
 * route without one gets the stream itself (tar, stdin of a hijacked connection) and reads it or not.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EngineError, invalidArgument, messageOf } from '../../core/errors.ts';
import { isUpgraded, upgradeBody } from '../server/upgrade.ts';

const JSON_LIMIT = 16 * 1024 * 1024;

export function bodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    const upgraded = isUpgraded(request.raw);
    if (request.routeOptions.schema?.body) return readJson(upgraded ? upgradeBody(request.raw) : payload);
    if (upgraded) await skipDocument(request);
    return payload;
  });
}

/** dockerode sends the query of an attach as a document too, ahead of what it will write to stdin. */
async function skipDocument({ raw }: FastifyRequest): Promise<void> {
  if (raw.headers['content-length'] !== undefined) await readText(upgradeBody(raw));
}

async function readJson(payload: AsyncIterable<Buffer>): Promise<unknown> {
  const text = await readText(payload);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`invalid JSON: ${messageOf(error)}`, error);
  }
}

async function readText(payload: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload) {
    size += chunk.length;
    if (size > JSON_LIMIT) throw new EngineError('too-large', 'request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
