/** GET /openapi.json: what this engine serves, made from the routes' own schemas when somebody asks. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { API_VERSION } from '../../api/version.ts';

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
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
