/** What images there are: list, inspect, history. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  AttestationStatement,
  ImageAttestationsQuery,
  ImageHistoryItem,
  ImageHistoryQuery,
  ImageInspectQuery,
  ImageInspectResponse,
  ImageListQuery,
  ImageSummary,
} from '../../../api/image.ts';
import { type Filters, flag, list, parseFilters } from '../../../api/query.ts';
import { NameParams } from '../../../api/schema.ts';
import { shapeFor } from '../../../api/shape.ts';
import { olderThan } from '../../../api/version.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Engine } from '../../engine.ts';
import { imageAttestations } from '../../image/attestations.ts';
import { IMAGE_FILTERS } from '../../image/filter.ts';
import { imageHistory } from '../../image/history.ts';
import { inspectImage } from '../../image/inspect.ts';
import { listImages } from '../../image/list.ts';
import { platformOf } from './platform.ts';

export function imageFacts(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/images/json',
    { schema: { querystring: ImageListQuery, response: { 200: Type.Array(ImageSummary) } } },
    async ({ query, apiVersion }) =>
      listImages(engine, {
        all: flag(query.all),
        filters: listFilters(query),
        sharedSize: flag(query['shared-size']) && !olderThan(apiVersion, '1.42'),
        manifests: flag(query.manifests),
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
      const manifests = flag(query.manifests);
      if (platform && manifests) {
        throw invalidArgument('conflicting options: manifests and platform options cannot both be set');
      }
      const image = engine.images.get(params.name, platform);
      const target = platform ? image.manifest : image.target;
      return shapeFor(apiVersion, 'image-inspect', inspectImage(engine, image, { target, manifests }));
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
      imageHistory(engine, engine.images.get(params.name, platformOf(query.platform))),
  );

  app.get(
    '/images/:name/attestations',
    {
      schema: {
        params: NameParams,
        querystring: ImageAttestationsQuery,
        response: { 200: Type.Array(AttestationStatement) },
      },
    },
    async ({ params, query }) =>
      imageAttestations(engine, params.name, {
        platform: platformOf(query.platform),
        types: list(query.type),
        statement: flag(query.statement),
      }),
  );
}

/** `filter=busybox` is how clients before API 1.28 asked for one name. */
function listFilters({ filters, filter }: { filters?: string; filter?: string }): Filters {
  const parsed = parseFilters(filters, IMAGE_FILTERS);
  if (filter) parsed.set('reference', [...(parsed.get('reference') ?? []), filter]);
  return parsed;
}
