/** What a container is and does: list, inspect. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import {
  ContainerInspectQuery,
  ContainerInspectResponse,
  ContainerListQuery,
  ContainerSummary,
} from '../../../api/container.ts';
import { flag, number, parseFilters } from '../../../api/query.ts';
import { IdParams } from '../../../api/schema.ts';
import Type from 'typebox';
import { CONTAINER_FILTERS } from '../../container/filter.ts';
import { inspectContainer } from '../../container/inspect.ts';
import { listContainers } from '../../container/list.ts';
import type { Engine } from '../../engine.ts';

export function containerFacts(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/containers/json',
    { schema: { querystring: ContainerListQuery, response: { 200: Type.Array(ContainerSummary) } } },
    ({ query }) =>
      listContainers(engine, {
        all: flag(query.all),
        limit: Math.max(0, number(query.limit) ?? 0),
        size: flag(query.size),
        filters: parseFilters(query.filters, CONTAINER_FILTERS),
      }),
  );

  app.get(
    '/containers/:id/json',
    { schema: { params: IdParams, querystring: ContainerInspectQuery, response: { 200: ContainerInspectResponse } } },
    ({ params, query }) => inspectContainer(engine, engine.containers.get(params.id), flag(query.size)),
  );
}
