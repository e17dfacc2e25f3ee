/** The HTTP application: which plugins and which routes there are. Listening is server/'s; tests use `inject`. */
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { DaemonConfig } from './config/config.ts';
import type { Engine } from './engine.ts';
import { bodies } from './plugins/bodies.ts';
import { errors } from './plugins/errors.ts';
import { headers } from './plugins/headers.ts';
import { linger } from './plugins/linger.ts';
import { path, rewriteUrl } from './plugins/path.ts';
import { readiness } from './plugins/readiness.ts';
import { requestLog } from './plugins/request-log.ts';
import { rest } from './plugins/rest.ts';
import { trace } from './plugins/trace.ts';
import { noCompilers, validation } from './plugins/validation.ts';
import { buildRoutes } from './routes/build.ts';
import { containerRoutes } from './routes/container.ts';
import { eventRoutes } from './routes/events.ts';
import { execRoutes } from './routes/exec.ts';
import { imageRoutes } from './routes/image.ts';
import { networkRoutes } from './routes/network.ts';
import { openapiRoutes } from './routes/openapi.ts';
import { pluginRoutes } from './routes/plugin.ts';
import { systemRoutes } from './routes/system.ts';
import { traceRoutes } from './routes/trace.ts';
import { volumeRoutes } from './routes/volume.ts';
import { ENGINE_VERSION } from './version.ts';

/** Longer than any image reference that the grammar allows. */
const MAX_SEGMENT = 4096;

/** All but `/_ping` waits until `restored`. */
export function buildApp(engine: Engine, config: DaemonConfig, restored: Promise<void>): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: engine.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    rewriteUrl,
    schemaController: noCompilers,
    routerOptions: { maxParamLength: MAX_SEGMENT, ignoreTrailingSlash: true },
    exposeHeadRoutes: false,
  });
  errors(app);
  requestLog(app, engine.logger);
  trace(app);
  headers(app, ENGINE_VERSION);
  readiness(app, restored);
  path(app);
  linger(app);
  rest(app);
  bodies(app);
  validation(app);
  app.register(async (api) => {
    await openapiRoutes(api);
    await systemRoutes(api, engine, config);
    await eventRoutes(api, engine);
    await containerRoutes(api, engine);
    await execRoutes(api, engine);
    await imageRoutes(api, engine);
    await buildRoutes(api, engine);
    await networkRoutes(api, engine);
    await pluginRoutes(api);
    await traceRoutes(api, engine);
    await volumeRoutes(api, engine);
  });
  return app;
}
