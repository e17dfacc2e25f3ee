/** From create to remove. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  ContainerCreateQuery,
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerKillQuery,
  ContainerPruneQuery,
  ContainerPruneResponse,
  ContainerRemoveQuery,
  ContainerRenameQuery,
  ContainerResizeQuery,
  ContainerStartQuery,
  ContainerStopQuery,
  ContainerWaitQuery,
} from '../../../api/container.ts';
import { flag, parseFilters } from '../../../api/query.ts';
import { refusalFor } from '../../../api/refuse-request.ts';
import { IdParams } from '../../../api/schema.ts';
import { createRequestFor } from '../../../api/shape-request.ts';
import { olderThan } from '../../../api/version.ts';
import { invalidArgument, isKind, notImplemented } from '../../../core/errors.ts';
import { noSuchContainer } from '../../container/container.ts';
import { createContainer } from '../../container/create.ts';
import { killContainer, toKill } from '../../container/kill.ts';
import { pauseContainer, unpauseContainer } from '../../container/pause.ts';
import { PRUNE_FILTERS, pruneContainers } from '../../container/prune.ts';
import { removeContainer } from '../../container/remove.ts';
import { removeLink } from '../../container/remove-link.ts';
import { renameContainer } from '../../container/rename.ts';
import { parseSize, resizeContainer } from '../../container/resize.ts';
import { restartContainer } from '../../container/restart.ts';
import { parseSignal } from '../../container/signal.ts';
import { startContainer } from '../../container/start.ts';
import { stopContainer } from '../../container/stop.ts';
import type { Engine } from '../../engine.ts';
import { integer } from '../../integer.ts';
import { answerWait } from './wait.ts';

/** What can be told from the request alone is looked at before the container is looked for, as dockerd does. */
export function containerLifecycle(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const find = (id: string) => engine.containers.get(id);

  app.post(
    '/containers/create',
    {
      schema: {
        querystring: ContainerCreateQuery,
        body: ContainerCreateRequest,
        response: { 201: ContainerCreateResponse },
      },
    },
    async ({ query, body, apiVersion }, reply) => {
      const refusal = refusalFor(apiVersion, body);
      if (refusal !== undefined) throw invalidArgument(refusal);
      const { request, warnings, readOnlyNonRecursive } = createRequestFor(apiVersion, body, engine.settings);
      const platform = olderThan(apiVersion, '1.41') ? undefined : query.platform;
      const options = { name: query.name, platform, readOnlyNonRecursive };
      const made = await createContainer(engine, request, options);
      return reply.status(201).send({ Id: made.container.id, Warnings: [...made.warnings, ...warnings] });
    },
  );

  app.post(
    '/containers/:id/start',
    { schema: { params: IdParams, querystring: ContainerStartQuery } },
    async ({ params, query, headers }, reply) => {
      refuseHostConfig(headers);
      if (query.checkpoint) throw notImplemented('checkpoints are not implemented by this engine');
      await startContainer(engine, find(params.id));
      return reply.status(204).send();
    },
  );

  app.post(
    '/containers/:id/stop',
    { schema: { params: IdParams, querystring: ContainerStopQuery } },
    async ({ params, query, apiVersion }, reply) => {
      const options = stopOptions(query, apiVersion);
      await stopContainer(engine, find(params.id), options);
      return reply.status(204).send();
    },
  );

  app.post(
    '/containers/:id/restart',
    { schema: { params: IdParams, querystring: ContainerStopQuery } },
    async ({ params, query, apiVersion }, reply) => {
      const options = stopOptions(query, apiVersion);
      await restartContainer(engine, find(params.id), options);
      return reply.status(204).send();
    },
  );

  app.post(
    '/containers/:id/kill',
    { schema: { params: IdParams, querystring: ContainerKillQuery } },
    async ({ params, query }, reply) => {
      const signal = query.signal || undefined;
      if (signal) parseSignal(signal);
      await killContainer(engine, toKill(engine, params.id), signal);
      return reply.status(204).send();
    },
  );

  app.post('/containers/:id/pause', { schema: { params: IdParams } }, async ({ params }, reply) => {
    await pauseContainer(engine, find(params.id));
    return reply.status(204).send();
  });

  app.post('/containers/:id/unpause', { schema: { params: IdParams } }, async ({ params }, reply) => {
    await unpauseContainer(engine, find(params.id));
    return reply.status(204).send();
  });

  app.post(
    '/containers/:id/wait',
    { schema: { params: IdParams, querystring: ContainerWaitQuery } },
    ({ params, query, apiVersion }, reply) =>
      answerWait(engine, find(params.id), { condition: query.condition, apiVersion }, reply),
  );

  app.post(
    '/containers/:id/rename',
    { schema: { params: IdParams, querystring: ContainerRenameQuery } },
    async ({ params, query }, reply) => {
      if (!query.name) throw invalidArgument('Neither old nor new names may be empty');
      await renameContainer(engine, find(params.id), query.name);
      return reply.status(204).send();
    },
  );

  app.post(
    '/containers/:id/resize',
    { schema: { params: IdParams, querystring: ContainerResizeQuery } },
    async ({ params, query }, reply) => {
      const size = parseSize(query.h, query.w);
      await resizeContainer(engine, find(params.id), size);
      return reply.status(200).send();
    },
  );

  app.delete(
    '/containers/:id',
    { schema: { params: IdParams, querystring: ContainerRemoveQuery } },
    async ({ params, query }, reply) => {
      if (flag(query.link)) removeLink(engine, params.id, '');
      const options = { force: flag(query.force), volumes: flag(query.v) };
      await removeContainer(engine, find(params.id), options).catch((error) => {
        if (!isKind(error, 'not-found')) throw error;
      });
      return reply.status(204).send();
    },
  );

  // The name that a link gave: `docker rm --link parent/alias`.
  app.delete<{ Params: { id: string; alias: string }; Querystring: { link?: string } }>(
    '/containers/:id/:alias',
    async ({ params: { id, alias }, query }, reply) => {
      if (!flag(query.link)) throw noSuchContainer(`${id}/${alias}`);
      removeLink(engine, id, alias);
      return reply.status(204).send();
    },
  );

  app.post(
    '/containers/prune',
    { schema: { querystring: ContainerPruneQuery, response: { 200: ContainerPruneResponse } } },
    async ({ query }) => {
      const { dryRun } = query as { dryRun?: string };
      const filters = parseFilters(query.filters, PRUNE_FILTERS);
      const { ids, reclaimed } = await pruneContainers(engine, filters, flag(dryRun));
      return { ContainersDeleted: ids.length > 0 ? ids : null, SpaceReclaimed: reclaimed };
    },
  );
}

/** Before API 1.24 a start could bring a configuration. A document of as much as `null` and a few blanks passes. */
function refuseHostConfig(headers: FastifyRequest['headers']): void {
  if (Number(headers['content-length'] ?? 0) <= 7 && headers['transfer-encoding'] === undefined) return;
  throw invalidArgument(
    'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
  );
}

function stopOptions({ signal, t }: { signal?: string; t?: string }, apiVersion: string) {
  const known = olderThan(apiVersion, '1.42') ? undefined : signal;
  return { signal: known || undefined, timeout: t ? integer(t) : undefined };
}
