/** Images from and to elsewhere: pull and import share an address, POST /images/create. */
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { ImageCreateQuery, ImagePushQuery } from '../../../api/image.ts';
import { list } from '../../../api/query.ts';
import { NameParams } from '../../../api/schema.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Engine } from '../../engine.ts';
import { fetchArchive } from '../../image/fetch.ts';
import { importImage } from '../../image/import.ts';
import { taggedName } from '../../image/name.ts';
import { pullImage } from '../../image/pull.ts';
import { pushImage } from '../../image/push.ts';
import { answerProgress } from '../progress.ts';
import { checkedRegistryAuth, registryAuth } from './auth.ts';
import { platformOf } from './platform.ts';

export function imageTransfers(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post('/images/create', { schema: { querystring: ImageCreateQuery } }, (request, reply) => {
    const { query } = request;
    const platform = platformOf(query.platform);
    if (query.fromImage) {
      const { fromImage, tag = '' } = query;
      const allTags = tag === '' && !/[:@][^/]*$/.test(fromImage);
      const auth = registryAuth(request);
      return answerProgress(reply, (progress, signal) =>
        pullImage(engine, fromImage, tag, { progress, platform, allTags, auth, signal }),
      );
    }
    const source = query.fromSrc;
    if (!source) throw invalidArgument('neither an image (fromImage) nor an archive (fromSrc) is named');
    const body = (request.body ?? Readable.from([])) as Readable;
    return answerProgress(reply, async (progress, signal) =>
      importImage(engine, {
        archive: source === '-' ? body : await fetchArchive(source, progress, signal),
        source,
        name: taggedName(query.repo, query.tag),
        message: query.message ?? '',
        changes: list(query.changes),
        platform,
        progress,
        signal,
      }),
    );
  });

  app.post(
    '/images/:name/push',
    { schema: { params: NameParams, querystring: ImagePushQuery } },
    (request, reply) => {
      const { params, query } = request;
      const auth = checkedRegistryAuth(request);
      const platform = platformOf(query.platform);
      return answerProgress(reply, (progress, signal) =>
        pushImage(engine, params.name, query.tag ?? '', { progress, platform, auth, signal }),
      );
    },
  );
}
