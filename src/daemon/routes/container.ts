/** Everything under /containers. */
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../engine.ts';
import { containerFacts } from './container/facts.ts';
import { containerLifecycle } from './container/lifecycle.ts';
import { containerStreams } from './container/streams.ts';

export async function containerRoutes(app: FastifyInstance, engine: Engine): Promise<void> {
  containerFacts(app, engine);
  containerLifecycle(app, engine);
  containerStreams(app, engine);
}
