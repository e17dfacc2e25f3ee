/** GET /events. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { parseFilters } from '../../api/query.ts';
import { EventsQuery } from '../../api/system.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { eventFilter } from '../system/events/filter.ts';
import { eventLine } from '../system/events/message.ts';
import { streamEvents } from '../system/events/stream.ts';
import { parseEventTime } from '../system/events/time.ts';

export async function eventRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/events',
    { schema: { querystring: EventsQuery } },
    async ({ query, headers, apiVersion }, reply) => {
      const request = {
        since: parseEventTime(query.since),
        until: parseEventTime(query.until),
        matches: eventFilter(parseFilters(query.filters)),
      };
      if (request.until !== undefined && request.until < (request.since ?? 0n))
        throw invalidArgument(
          `\`since\` time (${query.since}) cannot be after \`until\` time (${query.until})`,
        );
      const type = contentType(headers.accept);
      const separator = type === JSON_SEQUENCE ? '\x1e' : '';
      reply.hijack();
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'Content-Type': type });
      reply.raw.flushHeaders();
      streamEvents(
        engine.events,
        { ...request, write: (event) => separator + eventLine(event, apiVersion) },
        reply.raw,
      );
    },
  );
}

/** RFC 7464: each text begins with a record separator. */
const JSON_SEQUENCE = 'application/json-seq';
const LINES = ['application/x-ndjson', 'application/jsonl'];

function contentType(accept = ''): string {
  return [JSON_SEQUENCE, ...LINES].find((type) => accept.includes(type)) ?? 'application/json';
}
