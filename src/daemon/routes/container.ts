/** Everything under /containers. */
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../engine.ts';
import { containerFacts } from './container/facts.ts';
import { containerFiles } from './container/files.ts';
import { containerLifecycle } from './container/lifecycle.ts';
import { containerStreams } from './container/streams.ts';

export async function containerRoutes(app: FastifyInstance, engine: Engine): Promise<void> {
  containerFacts(app, engine);
  containerFiles(app, engine);
  containerLifecycle(app, engine);
  containerStreams(app, engine);
}
