/** GET /openapi.json: what this engine serves, made from the routes' own schemas when somebody asks. */
import { type FastifyInstance, type FastifySchema, fastify, type RouteOptions } from 'fastify';
import { ErrorResponse } from '../../api/error.ts';
import { API_VERSION } from '../../api/version.ts';
import { noCompilers } from '../plugins/validation.ts';

const CONTENT = ['containers', 'images', 'networks', 'volumes', 'exec', 'plugins', 'build', 'distribution'];

const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Skiff: the Docker Engine API, and what goes beyond it',
    version: API_VERSION,
    description: 'Every path may be prefixed with the API version to be spoken, as in `/v1.44/info`.',
  },
} as const;

/** Registered before the routes, which it watches. */
export async function openapiRoutes(app: FastifyInstance): Promise<void> {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  let document: Promise<object> | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, () => {
    document ??= describe(routes);
    return document;
  });
}

/** What describes is loaded with the first question, and sees the routes in an application of its own. */
async function describe(routes: RouteOptions[]): Promise<object> {
  const { default: swagger } = await import('@fastify/swagger');
  const app = fastify({ schemaController: noCompilers, exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => () => '');
  await app.register(swagger, {
    openapi: OPENAPI,
    stripBasePath: false,
    transform: ({ schema, url }) => ({ schema: described(schema, url), url }),
  });
  for (const { method, url, schema } of routes) app.route({ method, url, schema, handler: () => {} });
  await app.ready();
  return app.swagger();
}

/** Grouped by noun; and every operation may be refused. */
function described(schema: FastifySchema | undefined, url: string): FastifySchema {
  const [, noun = ''] = url.split('/');
  const tag = noun === 'skiff' ? 'beyond Docker' : CONTENT.includes(noun) ? noun : 'system';
  const answers = (schema?.response ?? { 200: {} }) as Record<string, unknown>;
  return { ...schema, tags: [tag], response: { ...answers, default: ErrorResponse } };
}
