/** Names given and taken: tag, remove. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ImageDeleteItem, ImageRemoveQuery, ImageTagQuery } from '../../../api/image.ts';
import { flag } from '../../../api/query.ts';
import { NameParams } from '../../../api/schema.ts';
import type { Engine } from '../../engine.ts';
import { removeImage } from '../../image/remove.ts';
import { tagImage } from '../../image/tag.ts';

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
    async ({ params, query }) =>
      removeImage(engine, params.name, { force: flag(query.force), prune: !flag(query.noprune) }),
  );
}
