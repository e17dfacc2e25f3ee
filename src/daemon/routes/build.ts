/** Everything under /build. */
import { PassThrough, type Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BuildCancelQuery, BuildPruneQuery, BuildPruneResponse, BuildQuery } from '../../api/image.ts';
import { flag, number, parseFilters } from '../../api/query.ts';
import { invalidArgument, messageOf } from '../../core/errors.ts';
import type { BuildMessage } from '../../image/builder/request.ts';
import { buildImage } from '../build/build.ts';
import { type BuildParameters, parseParameters } from '../build/parameters.ts';
import { CACHE_FILTERS, pruneBuilds } from '../build/prune.ts';
import { parseRegistryConfig } from '../build/registry-auth.ts';
import type { Engine } from '../engine.ts';
import { progressText } from '../image/progress-text.ts';
import { hijack, RAW_STREAM } from '../plugins/hijack.ts';

export async function buildRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post('/build', { schema: { querystring: BuildQuery } }, (request, reply) =>
    answerBuild(engine, request, reply, parseParameters(request.query)),
  );

  app.post('/build/cancel', { schema: { querystring: BuildCancelQuery } }, async ({ query }, reply) => {
    if (!query.id) throw invalidArgument('build ID not provided');
    engine.build.builds.cancel(query.id);
    return reply.code(204).send();
  });

  app.post(
    '/build/prune',
    { schema: { querystring: BuildPruneQuery, response: { 200: BuildPruneResponse } } },
    async ({ query }) => {
      const { ids, bytes } = await pruneBuilds(engine, {
        filters: parseFilters(query.filters, CACHE_FILTERS),
        all: flag(query.all),
        keep: size(query['reserved-space'] || query['keep-storage']),
        maxUsed: size(query['max-used-space']),
        minFree: size(query['min-free-space']),
        dryRun: flag(query.dryRun),
      });
      return { CachesDeleted: ids.length > 0 ? ids : null, SpaceReclaimed: bytes };
    },
  );

  // Ours: BuildKit's clients have /session with gRPC for the same.
  app.post('/build/session', {}, async (request, reply) => {
    const id = String(request.headers['x-skiff-session'] ?? '');
    engine.build.sessions.open(id, () => hijack(request, reply, RAW_STREAM).stream);
  });
}

/** Zero, as clients send it, is no bound. */
function size(text: string | undefined): number | undefined {
  const value = number(text);
  if (Number.isNaN(value)) throw invalidArgument(`invalid size: ${text}`);
  return value === undefined || value <= 0 ? undefined : value;
}

/** Lines that a client which does not read may have waiting; what is beyond is only drawn, never needed. */
const WAITING_MAX = 16 * 1024 * 1024;

/** JSON lines. An error before the first one is an ordinary answer; after it, a line. */
async function answerBuild(
  engine: Engine,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: BuildParameters,
): Promise<FastifyReply> {
  const out = new PassThrough();
  const begun = Promise.withResolvers<void>();
  let isBegun = false;
  const write = (line: object) => {
    isBegun = true;
    begun.resolve();
    out.write(`${JSON.stringify(line)}\r\n`);
  };
  const held: BuildMessage[] = [];
  const emit = (message: BuildMessage) => {
    if (parameters.quiet) held.push(message);
    else if (out.writableLength < WAITING_MAX || message.aux) write(shown(message));
  };
  const finished = buildImage(engine, {
    parameters,
    stream: request.body as Readable,
    auth: parseRegistryConfig(request.headers['x-registry-config']),
    emit,
    signal: goneSignal(request),
  }).then(
    ({ id }) => {
      if (parameters.quiet) write({ stream: `${id}\n` });
      out.end();
    },
    (error: unknown) => {
      if (!isBegun && held.length === 0) throw error;
      for (const message of held) write(shown(message));
      write(failure(error));
      out.end();
    },
  );
  await Promise.race([begun.promise, finished]);
  return reply.type('application/json').send(out);
}

function shown(message: BuildMessage): object {
  const progress = message.progressDetail && progressText(message.progressDetail);
  return progress ? { ...message, progress } : message;
}

function failure(error: unknown): object {
  const message = messageOf(error);
  const code = error instanceof Error && 'exitCode' in error ? Number(error.exitCode) : undefined;
  return { errorDetail: { ...(code !== undefined && { code }), message }, error: message };
}

/** A client that hangs up wants no image any more. */
function goneSignal({ raw }: FastifyRequest): AbortSignal {
  const gone = new AbortController();
  raw.socket.once('close', () => gone.abort());
  return gone.signal;
}
