/** Attach and logs: what a container says and hears. */

import type { Duplex } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ContainerAttachQuery, ContainerLogsQuery } from '../../../api/container.ts';
import { flag } from '../../../api/query.ts';
import { frameHead } from '../../../api/raw-stream.ts';
import { IdParams } from '../../../api/schema.ts';
import { parseDetachKeys } from '../../../runtime/attach/detach-keys.ts';
import type { AttachRequest } from '../../../runtime/task.ts';
import { attachContainer, refuseUnattachable } from '../../container/attach.ts';
import type { Container } from '../../container/container.ts';
import {
  type LogOptions,
  parseLogOptions,
  refuseNoStream,
  refuseUnreadable,
  streamLogs,
} from '../../container/logs.ts';
import type { Engine } from '../../engine.ts';
import { hijack, streamType } from '../../plugins/hijack.ts';
import { acceptWebSocket } from './attach-ws.ts';

export function containerStreams(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/containers/:id/attach',
    { schema: { params: IdParams, querystring: ContainerAttachQuery } },
    (request, reply) => {
      parseDetachKeys(request.query.detachKeys ?? '');
      return attach(engine, engine.containers.get(request.params.id), request, reply, request.query);
    },
  );

  app.get(
    '/containers/:id/attach/ws',
    { schema: { params: IdParams, querystring: ContainerAttachQuery } },
    async (request, reply) => {
      const container = engine.containers.get(request.params.id);
      const wishes = attachWishes(container, request.query);
      refuseUnattachable(container);
      const stream = await acceptWebSocket(request, reply);
      await converse(engine, container, wishes, stream, request);
    },
  );

  app.get(
    '/containers/:id/logs',
    { schema: { params: IdParams, querystring: ContainerLogsQuery } },
    (request, reply) => {
      refuseNoStream(request.query);
      const container = engine.containers.get(request.params.id);
      const asked = parseLogOptions(request.query);
      const options = { ...asked, head: container.config.Tty ? undefined : frameHead };
      return sendLogs(engine, container, options, request, reply);
    },
  );
}

interface AttachQuery {
  detachKeys?: string;
  logs?: string;
  stream?: string;
  stdin?: string;
  stdout?: string;
  stderr?: string;
}

async function attach(
  engine: Engine,
  container: Container,
  request: FastifyRequest,
  reply: FastifyReply,
  query: AttachQuery,
): Promise<void> {
  const tty = container.config.Tty === true;
  const wishes = {
    ...attachWishes(container, query),
    head: tty ? undefined : frameHead,
  };
  refuseUnattachable(container);
  const { stream } = hijack(request, reply, streamType(request.apiVersion, !tty));
  await converse(engine, container, wishes, stream, request);
}

type Wishes = Omit<AttachRequest, 'client'> & { logs: boolean; stream: boolean };

/** Throws `invalid-argument` for detach keys that are none. */
function attachWishes(container: Container, query: AttachQuery): Wishes {
  return {
    logs: flag(query.logs),
    stream: flag(query.stream),
    stdin: flag(query.stdin) && container.config.OpenStdin === true,
    stdout: flag(query.stdout),
    stderr: flag(query.stderr),
    detachKeys: parseDetachKeys(query.detachKeys ?? ''),
  };
}

/** The status was sent: what goes wrong now can only end the stream. */
async function converse(
  engine: Engine,
  container: Container,
  { logs, stream, ...wishes }: Wishes,
  client: Duplex,
  { log }: FastifyRequest,
): Promise<void> {
  try {
    if (logs) refuseUnreadable(container);
    const { stdout, stderr, head } = wishes;
    if (logs) await streamLogs(engine, container, { stdout, stderr, head, follow: false }, client);
    if (stream) await attachContainer(engine, container, { ...wishes, client });
  } catch (error) {
    log.warn({ err: error, container: container.id }, 'attach ended early');
  }
  client.end();
}

async function sendLogs(
  engine: Engine,
  container: Container,
  options: LogOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  refuseUnreadable(container);
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'Content-Type': streamType(request.apiVersion, container.config.Tty !== true),
  });
  raw.flushHeaders();
  try {
    await streamLogs(engine, container, options, raw);
    raw.end();
  } catch (error) {
    request.log.warn({ err: error }, 'logs ended early');
    raw.destroy();
  }
}
