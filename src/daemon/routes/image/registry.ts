/** What registries say: /distribution, /auth, /images/search. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  AuthConfig,
  AuthResponse,
  DistributionInspect,
  ImageSearchItem,
  ImageSearchQuery,
} from '../../../api/image.ts';
import { filterFlag, number, parseFilters } from '../../../api/query.ts';
import { NameParams } from '../../../api/schema.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { RegistryAuth } from '../../../image/registry/auth.ts';
import type { SearchResult } from '../../../image/search.ts';
import type { Engine } from '../../engine.ts';
import { registryAuth } from './auth.ts';

const SEARCH_FILTERS = ['is-automated', 'is-official', 'stars'];
const SEARCH_LIMIT = { default: 25, max: 100 };

export function imageRegistries(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/distribution/:name/json',
    { schema: { params: NameParams, response: { 200: DistributionInspect } } },
    async (request) => {
      const { descriptor, platforms } = await engine.images.inspectDistribution(request.params.name, {
        auth: registryAuth(request),
      });
      return { Descriptor: descriptor, Platforms: platforms };
    },
  );

  const auth = { body: AuthConfig, response: { 200: AuthResponse } };
  app.post('/auth', { schema: auth, config: { anyContentType: true } }, async ({ body }) => {
    const identity = await engine.images.checkLogin(body as RegistryAuth);
    return { Status: 'Login Succeeded', IdentityToken: identity ?? '' };
  });

  app.get(
    '/images/search',
    { schema: { querystring: ImageSearchQuery, response: { 200: Type.Array(ImageSearchItem) } } },
    async (request) => {
      const { term = '', limit, filters } = request.query;
      const suits = searchFilter(filters);
      const results = await engine.images.search(term, searchLimit(limit), { auth: registryAuth(request) });
      return results.filter(suits).map(({ name, description, stars, official: is_official }) => {
        return { name, description, star_count: stars, is_official, is_automated: false };
      });
    },
  );
}

/** Throws before anybody is asked if a filter makes no sense. */
function searchFilter(text: string | undefined): (result: SearchResult) => boolean {
  const filters = parseFilters(text, SEARCH_FILTERS);
  const least = Math.max(0, ...(filters.get('stars') ?? []).map(starCount));
  const official = filters.has('is-official') ? filterFlag(filters, 'is-official', false) : undefined;
  return (result) => result.stars >= least && (official === undefined || result.official === official);
}

function starCount(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw invalidArgument(`invalid filter 'stars=${text}'`);
}

function searchLimit(text: string | undefined): number {
  const limit = number(text) || SEARCH_LIMIT.default;
  if (limit >= 1 && limit <= SEARCH_LIMIT.max) return limit;
  throw invalidArgument(`limit ${limit} is outside the range of [1, ${SEARCH_LIMIT.max}]`);
}
