/** Images out of archives and containers, and into archives: load, save, commit. */
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { ContainerConfig } from '../../../api/container-config.ts';
import { ImageCommitQuery, ImageLoadQuery, ImageSaveQuery } from '../../../api/image.ts';
import { flag, list } from '../../../api/query.ts';
import { NameParams, nullable } from '../../../api/schema.ts';
import type { Engine } from '../../engine.ts';
import { commitContainer } from '../../image/commit.ts';
import { loadImage } from '../../image/load.ts';
import { taggedName } from '../../image/name.ts';
import { saveImage } from '../../image/save.ts';
import { answerProgress } from '../progress.ts';
import { platformsOf } from './platform.ts';

export function imageArchives(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post('/images/load', { schema: { querystring: ImageLoadQuery } }, (request, reply) => {
    const platforms = platformsOf(request.query.platform);
    const quiet = flag(request.query.quiet);
    // A request without a body has an empty archive.
    const archive = (request.body as Readable | undefined) ?? Readable.from([]);
    return answerProgress(
      reply,
      (progress, signal) =>
        loadImage(engine, {
          archive,
          platforms,
          progress: (line) => (quiet && line.progressDetail ? undefined : progress(line)),
          signal,
        }),
      { allLines: true },
    );
  });

  app.get('/images/get', { schema: { querystring: ImageSaveQuery } }, async ({ query }, reply) =>
    reply.type('application/x-tar').send(saveImage(engine, list(query.names), platformsOf(query.platform))),
  );

  app.get(
    '/images/:name/get',
    { schema: { params: NameParams, querystring: ImageSaveQuery } },
    async ({ params, query }, reply) =>
      reply.type('application/x-tar').send(saveImage(engine, [params.name], platformsOf(query.platform))),
  );

  app.post(
    '/commit',
    { schema: { querystring: ImageCommitQuery, body: nullable(ContainerConfig) } },
    async ({ query, body }, reply) => {
      const image = await commitContainer(engine, engine.containers.get(query.container ?? ''), {
        name: taggedName(query.repo, query.tag),
        comment: query.comment ?? '',
        author: query.author ?? '',
        pause: flag(query.pause, true),
        changes: list(query.changes),
        config: body ?? {},
      });
      return reply.code(201).send({ Id: image.id });
    },
  );
}
