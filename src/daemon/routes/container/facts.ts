/** What a container is and does: list, inspect, top, stats, update. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  ContainerInspectQuery,
  ContainerInspectResponse,
  ContainerListQuery,
  ContainerStatsQuery,
  ContainerSummary,
  ContainerTopQuery,
  ContainerTopResponse,
  ContainerUpdateRequest,
  ContainerUpdateResponse,
} from '../../../api/container.ts';
import { flag, parseFilters } from '../../../api/query.ts';
import { IdParams } from '../../../api/schema.ts';
import { shapeFor } from '../../../api/shape.ts';
import { updateRequestFor } from '../../../api/shape-request.ts';
import { olderThan } from '../../../api/version.ts';
import { CONTAINER_FILTERS } from '../../container/filter.ts';
import { inspectContainer } from '../../container/inspect.ts';
import { listContainers } from '../../container/list.ts';
import { topContainer } from '../../container/top.ts';
import { updateContainer } from '../../container/update.ts';
import type { Engine } from '../../engine.ts';
import { integer } from '../../integer.ts';
import { answerStats } from './stats.ts';

export function containerFacts(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/containers/json',
    { schema: { querystring: ContainerListQuery, response: { 200: Type.Array(ContainerSummary) } } },
    async ({ query, apiVersion }) => {
      const containers = await listContainers(engine, {
        all: flag(query.all),
        limit: Math.max(0, query.limit ? integer(query.limit) : 0),
        size: flag(query.size),
        filters: parseFilters(query.filters, CONTAINER_FILTERS),
      });
      return containers.map((container) => shapeFor(apiVersion, 'container-summary', container));
    },
  );

  app.get(
    '/containers/:id/json',
    {
      schema: {
        params: IdParams,
        querystring: ContainerInspectQuery,
        response: { 200: ContainerInspectResponse },
      },
    },
    async ({ params, query, apiVersion }) => {
      const container = engine.containers.get(params.id);
      const options = { size: flag(query.size), macAddress: olderThan(apiVersion, '1.52') };
      return shapeFor(apiVersion, 'container-inspect', await inspectContainer(engine, container, options));
    },
  );

  app.get(
    '/containers/:id/top',
    { schema: { params: IdParams, querystring: ContainerTopQuery, response: { 200: ContainerTopResponse } } },
    ({ params, query }) => topContainer(engine, engine.containers.get(params.id), query.ps_args || '-ef'),
  );

  app.get(
    '/containers/:id/stats',
    { schema: { params: IdParams, querystring: ContainerStatsQuery } },
    ({ params, query, apiVersion }, reply) => {
      const oneShot = flag(query['one-shot']) && !olderThan(apiVersion, '1.41');
      const stream = flag(query.stream, true);
      return answerStats(engine, engine.containers.get(params.id), { stream, oneShot }, reply);
    },
  );

  app.post(
    '/containers/:id/update',
    {
      schema: { params: IdParams, body: ContainerUpdateRequest, response: { 200: ContainerUpdateResponse } },
    },
    async ({ params, body, apiVersion }) => {
      const container = engine.containers.get(params.id);
      const change = updateRequestFor(apiVersion, body as ContainerUpdateRequest);
      return { Warnings: await updateContainer(engine, container, change) };
    },
  );
}
