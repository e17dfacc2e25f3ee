/** What images there are: list, inspect, history. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  ImageHistoryItem,
  ImageHistoryQuery,
  ImageInspectQuery,
  ImageInspectResponse,
  ImageListQuery,
  ImageSummary,
} from '../../../api/image.ts';
import { type Filters, flag, parseFilters } from '../../../api/query.ts';
import { NameParams } from '../../../api/schema.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Engine } from '../../engine.ts';
import { IMAGE_FILTERS } from '../../image/filter.ts';
import { imageHistory } from '../../image/history.ts';
import { inspectImage } from '../../image/inspect.ts';
import { listImages } from '../../image/list.ts';
import { imageFor, platformOf } from './platform.ts';

export function imageFacts(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/images/json',
    { schema: { querystring: ImageListQuery, response: { 200: Type.Array(ImageSummary) } } },
    async ({ query, apiVersion }) =>
      listImages(engine, {
        all: flag(query.all),
        filters: listFilters(query),
        sharedSize: flag(query['shared-size']),
        apiVersion,
      }),
  );

  app.get(
    '/images/:name/json',
    {
      schema: { params: NameParams, querystring: ImageInspectQuery, response: { 200: ImageInspectResponse } },
    },
    async ({ params, query, apiVersion }) => {
      const platform = platformOf(query.platform);
      if (platform && flag(query.manifests)) {
        throw invalidArgument('conflicting options: manifests and platform options cannot both be set');
      }
      return inspectImage(engine, imageFor(engine, params.name, platform), apiVersion);
    },
  );

  app.get(
    '/images/:name/history',
    {
      schema: {
        params: NameParams,
        querystring: ImageHistoryQuery,
        response: { 200: Type.Array(ImageHistoryItem) },
      },
    },
    async ({ params, query }) =>
      imageHistory(engine, imageFor(engine, params.name, platformOf(query.platform))),
  );
}

/** `filter=busybox` is how clients before API 1.28 asked for one name. */
function listFilters({ filters, filter }: { filters?: string; filter?: string }): Filters {
  const parsed = parseFilters(filters, IMAGE_FILTERS);
  if (filter) parsed.set('reference', [...(parsed.get('reference') ?? []), filter]);
  return parsed;
}
