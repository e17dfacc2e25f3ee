/** Everything under /volumes. Cluster volumes (`PUT /volumes/{name}`) are answered by plugins/unbuilt.ts. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { flag, parseFilters } from '../../api/query.ts';
import { NameParams } from '../../api/schema.ts';
import {
  VolumeCreateRequest,
  VolumeListQuery,
  VolumeListResponse,
  VolumePruneQuery,
  VolumePruneResponse,
  VolumeRemoveQuery,
  VolumeResource,
} from '../../api/volume.ts';
import type { Engine } from '../engine.ts';
import { createRequest, createVolume } from '../volume/create.ts';
import { listVolumes } from '../volume/list.ts';
import { pruneVolumes, VOLUME_PRUNE_FILTERS } from '../volume/prune.ts';
import { removeVolume } from '../volume/remove.ts';
import { volumeResource } from '../volume/resource.ts';

export async function volumeRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/volumes',
    { schema: { querystring: VolumeListQuery, response: { 200: VolumeListResponse } } },
    async ({ query }) => {
      const volumes = listVolumes(engine, query.filters);
      return { Volumes: volumes.map((volume) => volumeResource(engine, volume)), Warnings: null };
    },
  );

  app.post(
    '/volumes/create',
    { schema: { body: VolumeCreateRequest, response: { 201: VolumeResource } } },
    async ({ body }, reply) => {
      const volume = await createVolume(engine, createRequest(body));
      return reply.status(201).send(volumeResource(engine, volume));
    },
  );

  app.get(
    '/volumes/:name',
    { schema: { params: NameParams, response: { 200: VolumeResource } } },
    async ({ params }) => volumeResource(engine, engine.volumes.get(params.name)),
  );

  app.delete(
    '/volumes/:name',
    { schema: { params: NameParams, querystring: VolumeRemoveQuery } },
    async ({ params, query }, reply) => {
      await removeVolume(engine, params.name, flag(query.force));
      return reply.status(204).send();
    },
  );

  app.post(
    '/volumes/prune',
    { schema: { querystring: VolumePruneQuery, response: { 200: VolumePruneResponse } } },
    async ({ query, apiVersion }) => {
      const filters = parseFilters(query.filters, VOLUME_PRUNE_FILTERS);
      const dryRun = flag(query.dryRun);
      const { names, reclaimed } = await pruneVolumes(engine, { filters, apiVersion, dryRun });
      return { VolumesDeleted: names, SpaceReclaimed: reclaimed };
    },
  );
}
