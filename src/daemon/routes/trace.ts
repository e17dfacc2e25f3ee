/** `GET /skiff/containers/{id}/trace`: what was done for a container, step by step. An extension of ours. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { IdParams } from '../../api/schema.ts';
import { renderTrace } from '../../trace/render.ts';
import { tracePath } from '../container/trace.ts';
import type { Engine } from '../engine.ts';

export async function traceRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get('/skiff/containers/:id/trace', { schema: { params: IdParams } }, async (request, reply) => {
    const container = engine.containers.get(request.params.id);
    const traces = await engine.traces.read(tracePath(engine, container.id));
    if (!request.headers.accept?.includes('text/plain')) return traces;
    return reply.type('text/plain; charset=utf-8').send(traces.map(renderTrace).join('\n'));
  });
}
