/** Everything under /images. */
import type { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  ImageDeleteItem,
  ImageHistoryItem,
  ImageHistoryQuery,
  ImageInspectQuery,
  ImageInspectResponse,
  ImageListQuery,
  ImageLoadQuery,
  ImageRemoveQuery,
  ImageSaveQuery,
  ImageSummary,
  ImageTagQuery,
} from '../../api/image.ts';
import { flag, list, parseFilters } from '../../api/query.ts';
import { NameParams } from '../../api/schema.ts';
import type { Platform } from '../../image/image.ts';
import { parsePlatform } from '../../image/manifest.ts';
import type { Engine } from '../engine.ts';
import { IMAGE_FILTERS } from '../image/filter.ts';
import { imageHistory } from '../image/history.ts';
import { inspectImage } from '../image/inspect.ts';
import { listImages } from '../image/list.ts';
import { loadImage } from '../image/load.ts';
import { removeImage } from '../image/remove.ts';
import { saveImage } from '../image/save.ts';
import { tagImage } from '../image/tag.ts';
import { answerProgress } from './progress.ts';

export async function imageRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const { images } = engine;

  app.get(
    '/images/json',
    { schema: { querystring: ImageListQuery, response: { 200: Type.Array(ImageSummary) } } },
    ({ query, apiVersion }) =>
      listImages(engine, {
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
    ({ params, apiVersion }) => inspectImage(engine, images.get(params.name), apiVersion),
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
    ({ params }) => imageHistory(engine, images.get(params.name)),
  );

  app.post(
    '/images/:name/tag',
    { schema: { params: NameParams, querystring: ImageTagQuery } },
    async ({ params, query }, reply) => {
      tagImage(engine, images.get(params.name), query.repo ?? '', query.tag ?? '');
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
    ({ params, query }) =>
      removeImage(engine, params.name, { force: flag(query.force), prune: !flag(query.noprune) }),
  );

  app.post('/images/load', { schema: { querystring: ImageLoadQuery } }, (request, reply) => {
    const [platform] = platformsOf(request.query.platform);
    const quiet = flag(request.query.quiet);
    return answerProgress(request, reply, (progress, signal) =>
      loadImage(engine, {
        archive: request.body as Readable,
        platform,
        progress: (line) => (quiet && line.progressDetail ? undefined : progress(line)),
        signal,
      }),
    );
  });

  app.get('/images/get', { schema: { querystring: ImageSaveQuery } }, ({ query }, reply) =>
    reply.type('application/x-tar').send(saveImage(engine, list(query.names))),
  );

  app.get('/images/:name/get', { schema: { params: NameParams } }, ({ params }, reply) =>
    reply.type('application/x-tar').send(saveImage(engine, [params.name])),
  );
}

/** `filter=busybox` is how clients before API 1.28 asked for one name. */
function listFilters({ filters, filter }: { filters?: string; filter?: string }) {
  const parsed = parseFilters(filters, IMAGE_FILTERS);
  if (filter) parsed.set('reference', [...(parsed.get('reference') ?? []), filter]);
  return parsed;
}

/** As JSON (`{"os":"linux","architecture":"arm64"}`), which is what the API says, or as people write it. */
function platformsOf(given: string | string[] | undefined): Platform[] {
  return list(given)
    .filter((text) => text !== '')
    .map((text) => (text.startsWith('{') ? (JSON.parse(text) as Platform) : parsePlatform(text)));
}
