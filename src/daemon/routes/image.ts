/** Everything under /images, and what makes images: /commit, /distribution, /auth. */
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../engine.ts';
import { imageArchives } from './image/archives.ts';
import { imageChecks } from './image/check.ts';
import { imageFacts } from './image/facts.ts';
import { imageNames } from './image/names.ts';
import { imageRegistries } from './image/registry.ts';
import { imageTransfers } from './image/transfers.ts';

export async function imageRoutes(app: FastifyInstance, engine: Engine): Promise<void> {
  imageFacts(app, engine);
  imageNames(app, engine);
  imageArchives(app, engine);
  imageTransfers(app, engine);
  imageRegistries(app, engine);
  imageChecks(app, engine);
}
