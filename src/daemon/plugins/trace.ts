/** Makes each request a step, so that all steps taken for it hang together. Costs nothing while nobody listens. */
import type { FastifyInstance } from 'fastify';
import { openStep } from '../../core/step.ts';

export function trace(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const step = openStep('api.request', { method: request.method, url: request.url.split('?', 1)[0] });
    if (!step) return done();
    reply.raw.once('close', () => step.finish({ status: reply.raw.statusCode }));
    reply.raw.once('finish', () => step.finish({ status: reply.raw.statusCode }));
    step.run(done);
  });
}
