/** Names given and taken: tag, remove, prune. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  ImageDeleteItem,
  ImagePruneQuery,
  ImagePruneResponse,
  ImageRemoveQuery,
  ImageTagQuery,
} from '../../../api/image.ts';
import { flag, parseFilters } from '../../../api/query.ts';
import { NameParams } from '../../../api/schema.ts';
import type { Engine } from '../../engine.ts';
import { PRUNE_FILTERS, pruneImages } from '../../image/prune.ts';
import { removeImage } from '../../image/remove.ts';
import { tagImage } from '../../image/tag.ts';
import { platformsOf } from './platform.ts';

export function imageNames(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/images/:name/tag',
    { schema: { params: NameParams, querystring: ImageTagQuery } },
    async ({ params, query }, reply) => {
      tagImage(engine, engine.images.get(params.name), query.repo ?? '', query.tag ?? '');
      return reply.code(201).send();
    },
  );

  app.delete(
    '/images/:name',
    {
      schema: {
        params: NameParams,
        querystring: ImageRemoveQuery,
        response: { 200: Type.Array(ImageDeleteItem) },
      },
    },
    async ({ params, query }) => {
      const platforms = platformsOf(query.platforms);
      const options = { force: flag(query.force), prune: !flag(query.noprune), platforms };
      return removeImage(engine, params.name, options);
    },
  );

  app.post(
    '/images/prune',
    { schema: { querystring: ImagePruneQuery, response: { 200: ImagePruneResponse } } },
    async ({ query }) => {
      const filters = parseFilters(query.filters, PRUNE_FILTERS);
      const { removed, reclaimed } = await pruneImages(engine, filters, flag(query.dryRun));
      return { ImagesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimed };
    },
  );
}
