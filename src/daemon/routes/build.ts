/** Everything under /build. */
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BuildCancelQuery, BuildPruneQuery, BuildPruneResponse, BuildQuery } from '../../api/image.ts';
import { flag, list, number, parseFilters } from '../../api/query.ts';
import { invalidArgument, notImplemented } from '../../core/errors.ts';
import { buildImage } from '../build/build.ts';
import { NO_BUILDKIT, refuseCalls } from '../build/grpc.ts';
import { type BuildParameters, parseParameters } from '../build/parameters.ts';
import { CACHE_FILTERS, pruneBuilds } from '../build/prune.ts';
import { parseRegistryConfig } from '../build/registry-auth.ts';
import { openBuildStream } from '../build/stream.ts';
import type { Engine } from '../engine.ts';
import { hijack, RAW_STREAM, takeConnection } from '../plugins/hijack.ts';
import { isUpgraded } from '../server/upgrade.ts';

export async function buildRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post('/build', { schema: { querystring: BuildQuery } }, (request, reply) => {
    const [version = ''] = list(request.query.version);
    if (version === '2') throw notImplemented(NO_BUILDKIT);
    if (version !== '' && version !== '1') throw invalidArgument(`invalid version: "${version}"`);
    return answerBuild(engine, request, reply, parseParameters(request.query));
  });

  app.post('/build/cancel', { schema: { querystring: BuildCancelQuery } }, async ({ query }, reply) => {
    if (!query.id) throw invalidArgument('build ID not provided');
    engine.build.builds.cancel(query.id);
    return reply.code(200).send();
  });

  app.post(
    '/build/prune',
    { schema: { querystring: BuildPruneQuery, response: { 200: BuildPruneResponse } } },
    async ({ query }) => {
      const { ids, bytes } = await pruneBuilds(engine, {
        filters: parseFilters(query.filters, CACHE_FILTERS),
        all: flag(query.all),
        keep: size('reserved-space', query['reserved-space']) ?? size('keep-storage', query['keep-storage']),
        maxUsed: size('max-used-space', query['max-used-space']),
        minFree: size('min-free-space', query['min-free-space']),
        dryRun: flag(query.dryRun),
      });
      return { CachesDeleted: ids.length > 0 ? ids : null, SpaceReclaimed: bytes };
    },
  );

  app.post('/session', {}, ({ headers: { upgrade } }) => {
    if (!upgrade) throw invalidArgument('no upgrade proto in request');
    if (upgrade !== 'h2c') throw invalidArgument(`protocol ${upgrade} not supported`);
    throw notImplemented(NO_BUILDKIT);
  });
  // Ours: BuildKit's clients have /session with gRPC for the same.
  app.post('/build/session', {}, async (request, reply) => {
    const id = String(request.headers['x-skiff-session'] ?? '');
    engine.build.sessions.open(id, () => hijack(request, reply, RAW_STREAM).stream);
  });

  app.post('/grpc', {}, async (request, reply) => {
    if (!isUpgraded(request.raw)) throw notImplemented(NO_BUILDKIT);
    const connection = takeConnection(request, reply);
    connection.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    refuseCalls(connection);
  });
}

/** Zero, as clients send it, is no bound. */
function size(name: string, text: string | undefined): number | undefined {
  const value = number(text);
  if (Number.isNaN(value)) throw invalidArgument(`${name} is in bytes and expects an integer, got ${text}`);
  return value === undefined || value <= 0 ? undefined : value;
}

/** JSON lines. An error before the first one is an ordinary answer; after it, a line. */
async function answerBuild(
  engine: Engine,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: BuildParameters,
): Promise<FastifyReply> {
  const stream = openBuildStream(parameters.quiet);
  const gone = goneSignal(request);
  const built = buildImage(engine, {
    parameters,
    // A request without a body has an empty context.
    stream: (request.body as Readable | undefined) ?? Readable.from([]),
    auth: parseRegistryConfig(request.headers['x-registry-config']),
    emit: stream.emit,
    signal: gone.signal,
  });
  const finished = built.then(({ id }) => stream.succeed(id ?? ''), stream.fail).finally(gone.forget);
  await Promise.race([stream.begun, finished]);
  return reply.type('application/json').send(stream.out);
}

/** A client that hangs up wants no image any more. Its connection may outlive the build: `forget` lets go of that. */
function goneSignal({ raw: { socket } }: FastifyRequest): { signal: AbortSignal; forget: () => void } {
  const gone = new AbortController();
  const abort = () => gone.abort();
  socket.once('close', abort);
  return { signal: gone.signal, forget: () => socket.off('close', abort) };
}
