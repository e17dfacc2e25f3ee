/**
 * Request bodies. A route with a body schema gets parsed JSON, and like dockerd insists on its content type; a route
 * without one gets the stream itself (tar, stdin of a hijacked connection) and reads it or not.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EngineError, invalidArgument, messageOf } from '../../core/errors.ts';
import { isUpgraded, upgradeBody } from '../server/upgrade.ts';
import { isTooDeep, jsonFault } from './json-fault.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its JSON may come under any content type. */
    anyContentType?: boolean;
  }
}

const JSON_LIMIT = 16 * 1024 * 1024;

export function bodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    const upgraded = isUpgraded(request.raw);
    if (request.routeOptions.schema?.body) {
      if (!request.routeOptions.config.anyContentType)
        refuseOtherTypes(request.headers['content-type'] ?? '');
      return readJson(request, upgraded ? upgradeBody(request.raw) : payload);
    }
    if (upgraded) await skipDocument(request);
    return payload;
  });
}

/** dockerode sends the query of an attach as a document too, ahead of what it will write to stdin. */
async function skipDocument({ raw }: FastifyRequest): Promise<void> {
  if (raw.headers['content-length'] !== undefined) await readText(upgradeBody(raw));
}

function refuseOtherTypes(contentType: string): void {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return;
  throw invalidArgument(
    type === ''
      ? `malformed Content-Type header (${contentType}): mime: no media type`
      : `unsupported Content-Type header (${contentType}): must be 'application/json'`,
  );
}

async function readJson({ headers }: FastifyRequest, payload: AsyncIterable<Buffer>): Promise<unknown> {
  const text = await readText(payload);
  if (Number(headers['content-length'] ?? 0) === 0 && !headers['transfer-encoding']) return undefined;
  if (text.trim() === '') throw invalidArgument('invalid JSON: got EOF while reading request body');
  if (isTooDeep(text)) throw invalidArgument('invalid JSON: exceeded max depth');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument(jsonFault(text) ?? `invalid JSON: ${messageOf(error)}`, error);
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
