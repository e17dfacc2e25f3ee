/** Everything under /networks, and who can reach published ports. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  NetworkConnectRequest,
  NetworkCreateRequest,
  NetworkCreateResponse,
  NetworkDisconnectRequest,
  NetworkInspectQuery,
  NetworkListQuery,
  NetworkPruneQuery,
  NetworkPruneResponse,
  NetworkResource,
  PortReach,
} from '../../api/network.ts';
import { flag, parseFilters } from '../../api/query.ts';
import { IdParams } from '../../api/schema.ts';
import { shapeFor } from '../../api/shape.ts';
import { networkRequestFor } from '../../api/shape-request.ts';
import { olderThan } from '../../api/version.ts';
import { invalidArgument, notFound } from '../../core/errors.ts';
import { noSuchContainer } from '../container/container.ts';
import type { Engine } from '../engine.ts';
import { connectContainer } from '../network/connect.ts';
import { createNetwork } from '../network/create.ts';
import { disconnectContainer, forgetNetwork } from '../network/disconnect.ts';
import { listNetworks } from '../network/list.ts';
import { NETWORK_PRUNE_FILTERS, pruneNetworks } from '../network/prune.ts';
import { portReach } from '../network/reach.ts';
import { removeNetwork } from '../network/remove.ts';
import { networkContainers, networkResource, networkSummary } from '../network/resource.ts';

export async function networkRoutes(instance: FastifyInstance, engine: Engine): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/networks',
    { schema: { querystring: NetworkListQuery, response: { 200: Type.Array(NetworkResource) } } },
    async ({ query, apiVersion }) =>
      listNetworks(engine, query.filters).map((network) =>
        shapeFor(apiVersion, 'network-summary', {
          ...networkSummary(network),
          // Until API 1.27 the list told of the containers too.
          ...(olderThan(apiVersion, '1.28') && { Containers: networkContainers(engine, network) }),
        }),
      ),
  );

  app.post(
    '/networks/create',
    { schema: { body: NetworkCreateRequest, response: { 201: NetworkCreateResponse } } },
    async ({ body, apiVersion }, reply) => {
      const { id } = await createNetwork(engine, networkRequestFor(apiVersion, body));
      return reply.status(201).send({ Id: id, Warning: '' });
    },
  );

  app.get(
    '/networks/:id',
    { schema: { params: IdParams, querystring: NetworkInspectQuery, response: { 200: NetworkResource } } },
    async ({ params, query, apiVersion }) => {
      if (query.verbose && !/^(1|0|t|f|true|false)$/i.test(query.verbose))
        throw invalidArgument(
          `invalid value for verbose: ${query.verbose}: strconv.ParseBool: parsing "${query.verbose}": invalid syntax`,
        );
      const network = engine.networks.get(params.id);
      if (query.scope && query.scope !== 'local') throw notFound(`network ${params.id} not found`);
      return shapeFor(apiVersion, 'network', networkResource(engine, network));
    },
  );

  app.delete('/networks/:id', { schema: { params: IdParams } }, async ({ params }, reply) => {
    await removeNetwork(engine, params.id);
    return reply.status(204).send();
  });

  app.post(
    '/networks/:id/connect',
    { schema: { params: IdParams, body: NetworkConnectRequest } },
    async ({ params, body }, reply) => {
      const network = engine.networks.get(params.id);
      const container = engine.containers.get(namedContainer(body.Container));
      await connectContainer(engine, network, container, body.EndpointConfig ?? {});
      return reply.status(200).send();
    },
  );

  app.post(
    '/networks/:id/disconnect',
    { schema: { params: IdParams, body: NetworkDisconnectRequest } },
    async ({ params, body }, reply) => {
      const reference = namedContainer(body.Container);
      const container = engine.containers.find(reference);
      const isGone = !engine.networks.list().some(({ id, name }) => id === params.id || name === params.id);
      if (container && body.Force && isGone && params.id in container.endpoints) {
        await forgetNetwork(engine, container, params.id);
        return reply.status(200).send();
      }
      const network = engine.networks.get(params.id);
      if (!container && body.Force) throw notFound(`endpoint ${reference} not found`);
      if (!container) throw noSuchContainer(reference);
      await disconnectContainer(engine, network, container, body.Force ?? false);
      return reply.status(200).send();
    },
  );

  app.get('/skiff/ports', { schema: { response: { 200: Type.Array(PortReach) } } }, async () =>
    portReach(engine),
  );

  app.post(
    '/networks/prune',
    { schema: { querystring: NetworkPruneQuery, response: { 200: NetworkPruneResponse } } },
    async ({ query }) => {
      const filters = parseFilters(query.filters, NETWORK_PRUNE_FILTERS);
      const names = await pruneNetworks(engine, filters, flag(query.dryRun));
      return { NetworksDeleted: names.length > 0 ? names : null };
    },
  );
}

function namedContainer(name: string | null | undefined): string {
  if (!name) throw invalidArgument('invalid name or ID supplied: ""');
  return name;
}
