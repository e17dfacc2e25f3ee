/** The engine itself: ping, version, info, disk use. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { flag, list } from '../../api/query.ts';
import { shapeFor } from '../../api/shape.ts';
import { DiskUsage, DiskUsageQuery, SystemInfo, SystemVersion } from '../../api/system.ts';
import { olderThan } from '../../api/version.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { DaemonConfig } from '../config/config.ts';
import type { Engine } from '../engine.ts';
import { diskUsage, USAGE_TYPES, type UsageType } from '../system/disk-usage.ts';
import { systemFacts } from '../system/facts.ts';
import { systemInfo } from '../system/info.ts';
import { systemVersion } from '../system/version.ts';

export async function systemRoutes(
  instance: FastifyInstance,
  engine: Engine,
  config: DaemonConfig,
): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const facts = systemFacts(config, engine.settings);

  app.get('/_ping', async (_request, reply) => pong(reply).send('OK'));
  app.head('/_ping', async (_request, reply) => pong(reply).header('Content-Length', 0).send());

  // Of any path, as dockerd has it: browsers ask before they send something to another origin.
  app.options('/*', { schema: { hide: true } }, async (_request, reply) => reply.status(200).send());

  app.get('/version', { schema: { response: { 200: SystemVersion } } }, async () =>
    systemVersion(await facts()),
  );

  app.get('/info', { schema: { response: { 200: SystemInfo } } }, async ({ apiVersion }) =>
    shapeFor(apiVersion, 'info', systemInfo(engine, config, await facts())),
  );

  app.get(
    '/system/df',
    { schema: { querystring: DiskUsageQuery, response: { 200: DiskUsage } } },
    ({ query, apiVersion }) =>
      diskUsage(engine, {
        types: olderThan(apiVersion, '1.42') ? USAGE_TYPES : usageTypes(query.type),
        apiVersion,
        verbose: flag(query.verbose),
      }),
  );
}

/** `Builder-Version: 1`: the classic builder, which needs no session. */
function pong(reply: FastifyReply): FastifyReply {
  return reply.type('text/plain; charset=utf-8').headers({
    'Builder-Version': '1',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
    Swarm: 'inactive',
  });
}

function usageTypes(given: string | string[] | undefined): readonly UsageType[] {
  const types = list(given);
  const unknown = types.find((type) => !USAGE_TYPES.some((known) => known === type));
  if (unknown !== undefined) throw invalidArgument(`unknown object type: ${unknown}`);
  return types.length > 0 ? (types as UsageType[]) : USAGE_TYPES;
}
