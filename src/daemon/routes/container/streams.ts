/** Attach and logs: what a container says and hears. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ContainerAttachQuery, ContainerLogsQuery } from '../../../api/container.ts';
import { flag } from '../../../api/query.ts';
import { frame } from '../../../api/raw-stream.ts';
import { IdParams } from '../../../api/schema.ts';
import { invalidArgument } from '../../../core/errors.ts';
import { parseDetachKeys } from '../../../runtime/attach/detach-keys.ts';
import { attachContainer, refuseUnattachable } from '../../container/attach.ts';
import type { Container } from '../../container/container.ts';
import { type LogOptions, parseLogOptions, streamLogs } from '../../container/logs.ts';
import type { Engine } from '../../engine.ts';
import { hijack, streamType } from '../../plugins/hijack.ts';

export function containerStreams(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/containers/:id/attach',
    { schema: { params: IdParams, querystring: ContainerAttachQuery } },
    (request, reply) =>
      attach(engine, engine.containers.get(request.params.id), request, reply, request.query),
  );

  app.get(
    '/containers/:id/logs',
    { schema: { params: IdParams, querystring: ContainerLogsQuery } },
    (request, reply) => {
      const container = engine.containers.get(request.params.id);
      return sendLogs(engine, container, parseLogOptions(request.query), request, reply);
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
  const detachKeys = parseDetachKeys(query.detachKeys ?? '');
  refuseUnattachable(container);
  const { stream } = hijack(request, reply, streamType(request.apiVersion, !tty));
  const encode = tty ? undefined : frame;
  const output = { stdout: flag(query.stdout), stderr: flag(query.stderr) };
  try {
    if (flag(query.logs)) await streamLogs(engine, container, { ...output, follow: false }, stream);
    if (flag(query.stream)) {
      const stdin = flag(query.stdin) && container.config.OpenStdin === true;
      await attachContainer(engine, container, { ...output, stdin, client: stream, encode, detachKeys });
    }
  } catch (error) {
    request.log.warn({ err: error }, 'attach ended early');
  }
  stream.end();
}

async function sendLogs(
  engine: Engine,
  container: Container,
  options: LogOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (!options.stdout && !options.stderr) {
    throw invalidArgument('Bad parameters: you must choose at least one stream');
  }
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
