/** At level debug, a line for each request: who asked for what, and what came of it. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

export function requestLog(app: FastifyInstance, logger: Logger): void {
  if (!logger.isLevelEnabled('debug')) return;
  app.addHook('onRequest', async ({ method, originalUrl }) => {
    logger.debug({ method, url: originalUrl }, 'request');
  });
  app.addHook('onResponse', async ({ method, originalUrl }, { statusCode, elapsedTime }) => {
    const ms = Math.round(elapsedTime * 10) / 10;
    logger.debug({ method, url: originalUrl, status: statusCode, ms }, 'answered');
  });
}
