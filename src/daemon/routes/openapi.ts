/** GET /openapi.json: what this engine serves, made from the routes' own schemas when somebody asks. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { ErrorResponse } from '../../api/error.ts';
import { API_VERSION } from '../../api/version.ts';

const CONTENT = ['containers', 'images', 'networks', 'volumes', 'exec', 'plugins', 'build', 'distribution'];

/** Grouped by noun; and every operation may be refused. */
function described(schema: FastifySchema | undefined, url: string): FastifySchema {
  const [, noun = ''] = url.split('/');
  const tag = noun === 'skiff' ? 'beyond Docker' : CONTENT.includes(noun) ? noun : 'system';
  const answers = (schema?.response ?? { 200: {} }) as Record<string, unknown>;
  return { ...schema, tags: [tag], response: { ...answers, default: ErrorResponse } };
}

/** Registered before the routes, which it watches. */
export async function openapiRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Skiff: the Docker Engine API, and what goes beyond it',
        version: API_VERSION,
        description: 'Every path may be prefixed with the API version to be spoken, as in `/v1.44/info`.',
      },
    },
    stripBasePath: false,
    transform: ({ schema, url }) => ({ schema: described(schema, url), url }),
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
