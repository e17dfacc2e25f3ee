/** Everything about execs: they are made under /containers and live under /exec. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  ExecCreateRequest,
  ExecInspectResponse,
  ExecKillQuery,
  ExecResizeQuery,
  ExecStartRequest,
} from '../../api/exec.ts';
import { frame, frameHead } from '../../api/raw-stream.ts';
import { IdParams } from '../../api/schema.ts';
import { olderThan } from '../../api/version.ts';
import { conflict } from '../../core/errors.ts';
import { parseDetachKeys } from '../../runtime/attach/detach-keys.ts';
import { parseSize } from '../container/resize.ts';
import { parseSignal, supportedSignal } from '../container/signal.ts';
import type { Engine } from '../engine.ts';
import { createExec } from '../exec/create.ts';
import type { Exec } from '../exec/exec.ts';
import { inspectExec } from '../exec/inspect.ts';
import { resizeExec } from '../exec/resize.ts';
import { startable, startExec } from '../exec/start.ts';
import { hijack, streamType } from '../plugins/hijack.ts';

export async function execRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/containers/:id/exec',
    { schema: { params: IdParams, body: ExecCreateRequest } },
    async ({ params, body, apiVersion }, reply) => {
      if (olderThan(apiVersion, '1.42')) body.ConsoleSize = null;
      const exec = createExec(engine, params.id, body);
      return reply.status(201).send({ Id: exec.id });
    },
  );

  app.post(
    '/exec/:id/start',
    { schema: { params: IdParams, body: ExecStartRequest } },
    async (request, reply) => {
      const exec = engine.execs.get(request.params.id);
      const { ConsoleSize } = request.body;
      if (ConsoleSize && exec.request.Tty && !olderThan(request.apiVersion, '1.42'))
        exec.request.ConsoleSize = ConsoleSize;
      if (!request.body.Detach) return attach(engine, exec, request, reply);
      await startExec(engine, exec);
      return reply.status(200).send();
    },
  );

  app.get(
    '/exec/:id/json',
    { schema: { params: IdParams, response: { 200: ExecInspectResponse } } },
    ({ params }) => Promise.resolve(inspectExec(engine.execs.get(params.id))),
  );

  app.post(
    '/exec/:id/resize',
    { schema: { params: IdParams, querystring: ExecResizeQuery } },
    async ({ params, query }, reply) => {
      const size = parseSize(query.h, query.w);
      await resizeExec(engine.execs.get(params.id), size);
      return reply.status(200).send();
    },
  );

  app.post(
    '/exec/:id/kill',
    { schema: { params: IdParams, querystring: ExecKillQuery } },
    async ({ params, query }, reply) => {
      const { process, status } = engine.execs.get(params.id);
      if (!process || status !== 'running') throw conflict(`Exec ${params.id} is not running`);
      process.kill(supportedSignal(parseSignal(query.signal || 'SIGKILL')));
      return reply.status(204).send();
    },
  );
}

/**
 * That its container cannot run it is an answer like any other; with what is wrong with the exec itself dockerd has begun
 * the stream, and says it there.
 * Whether that is raw or in frames is what this request says; the exec's own `Tty` says whether there is a terminal.
 */
async function attach(
  engine: Engine,
  exec: Exec,
  request: FastifyRequest<{ Body: ExecStartRequest }>,
  reply: FastifyReply,
): Promise<void> {
  const raw = request.body.Tty === true;
  const detachKeys = parseDetachKeys(exec.request.DetachKeys ?? '');
  startable(engine, exec);
  const { stream } = hijack(request, reply, streamType(request.apiVersion, !raw));
  try {
    const client = { client: stream, head: raw ? undefined : frameHead, detachKeys };
    const process = await startExec(engine, exec, client);
    await process.attachment?.done;
  } catch (error) {
    const text = `${error instanceof Error ? error.message : String(error)}\r\n`;
    stream.write(raw ? text : frame('stdout', Buffer.from(text)));
  }
  stream.end();
}
