/** Files of a container: archive (docker cp), export, changes (docker diff). */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { ContainerArchiveQuery, FilesystemChange, type PathStat } from '../../../api/container.ts';
import { flag } from '../../../api/query.ts';
import { IdParams } from '../../../api/schema.ts';
import { errnoOf, invalidArgument } from '../../../core/errors.ts';
import { getArchive } from '../../container/files/archive-get.ts';
import { putArchive } from '../../container/files/archive-put.ts';
import { statPath } from '../../container/files/archive-stat.ts';
import { containerChanges } from '../../container/files/changes.ts';
import { exportContainer } from '../../container/files/export.ts';
import type { Engine } from '../../engine.ts';

const STAT_HEADER = 'X-Docker-Container-Path-Stat';

export function containerFiles(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const find = (id: string) => engine.containers.get(id);
  const archive = { params: IdParams, querystring: ContainerArchiveQuery };

  app.head('/containers/:id/archive', { schema: archive }, async ({ params, query }, reply) => {
    const request = { reference: params.id, path: pathOf(query) };
    const stat = await statPath(engine, find(params.id), request);
    return reply.header(STAT_HEADER, encode(stat)).type('application/json').send();
  });

  app.get('/containers/:id/archive', { schema: archive }, async ({ params, query }, reply) => {
    const path = pathOf(query);
    return untilSent(reply, () =>
      getArchive(engine, find(params.id), {
        reference: params.id,
        path,
        send: (stat, tar) => stream(reply.header(STAT_HEADER, encode(stat)), 'application/x-tar', tar),
      }),
    );
  });

  app.put('/containers/:id/archive', { schema: archive }, async ({ params, query, raw }, reply) => {
    const path = pathOf(query);
    await putArchive(engine, find(params.id), {
      reference: params.id,
      path,
      archive: raw,
      keepKinds: flag(query.noOverwriteDirNonDir),
      ownedByUser: flag(query.copyUIDGID),
    });
    return reply.status(200).send();
  });

  app.get('/containers/:id/export', { schema: { params: IdParams } }, ({ params }, reply) =>
    untilSent(reply, () =>
      exportContainer(engine, find(params.id), (tar) => stream(reply, 'application/octet-stream', tar)),
    ),
  );

  app.get(
    '/containers/:id/changes',
    { schema: { params: IdParams, response: { 200: Type.Array(FilesystemChange) } } },
    async ({ params }, reply) => {
      const changes = await containerChanges(engine, find(params.id));
      return reply.send(changes.map(({ path, kind }) => ({ Path: path, Kind: kind })));
    },
  );
}

function pathOf({ path }: { path?: string }): string {
  if (!path) throw invalidArgument('bad parameter: path cannot be empty');
  if (path.includes('\0')) throw invalidArgument('bad parameter: path holds a NUL byte');
  return path;
}

const encode = (stat: PathStat) => Buffer.from(JSON.stringify(stat)).toString('base64');

/** Once an archive is on its way, an error has no other way to be told than the broken connection. */
async function untilSent(reply: FastifyReply, operation: () => Promise<void>): Promise<void> {
  try {
    await operation();
  } catch (error) {
    if (!reply.sent) throw error;
    // Clients stop reading at the end mark of the archive, before the end of the body.
    if (errnoOf(error) === 'ERR_STREAM_PREMATURE_CLOSE') return;
    reply.log.warn({ err: error }, 'an archive ended early');
  }
}

/** An archive that breaks off breaks the connection, so that the client does not take it for whole. */
async function stream(reply: FastifyReply, type: string, archive: Readable): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'Content-Type': type });
  await pipeline(archive, raw).catch((error) => {
    raw.destroy();
    throw error;
  });
}
