/** Joins a running container to one more network, or takes it out of one: its processes notice a link that comes or goes. */
import { conflict, EngineError, forbidden, notFound } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { withUndo } from '../../core/undo.ts';
import type { NetworkContext } from '../context.ts';
import type { Endpoint, EndpointRequest } from '../network.ts';
import { freeEndpoint, freePosition } from './endpoint.ts';
import { defaultRoutes, inGatewayOrder, planWithStock, refuseRemoved } from './join.ts';
import { namesOf } from './names.ts';
import { redirectPorts } from './ports.ts';
import type { LiveEndpoint, SandboxRecord } from './store.ts';

export function connect(
  context: NetworkContext,
  containerId: string,
  request: EndpointRequest,
): Promise<Endpoint> {
  return step('network.connect', { container: containerId, network: request.network }, () =>
    connected(context, sandboxOf(context, containerId), request),
  );
}

async function connected(
  context: NetworkContext,
  record: SandboxRecord,
  request: EndpointRequest,
): Promise<Endpoint> {
  const { network } = context.networks.find(request.network);
  if (network.configOnly) throw forbidden('cannot create endpoint on configuration-only network');
  if (network.driver === 'host' || network.driver === 'null')
    throw conflict(
      `container cannot be connected to multiple networks with one of the networks in ${network.name} mode`,
    );
  if (record.endpoints.some(({ networkId }) => networkId === network.id))
    throw forbidden(`endpoint with name ${record.name} already exists in network ${network.name}`);
  return withUndo(async (undo) => {
    const endpoint = await planWithStock(context, request, freePosition(record.endpoints));
    undo.push(() => freeEndpoint(context.networks.byId(network.id), endpoint));
    undo.push(() => goBack(context, record));
    context.sandboxes.put({ ...record, changing: { device: endpoint.device } });
    await context.kernel.attach(record.path, { ...endpoint.link, gateways: [] });
    undo.push(() => context.kernel.detach(record.path, endpoint.device));
    const endpoints = inGatewayOrder([...record.endpoints, endpoint]);
    await context.kernel.setDefaultRoutes(record.path, defaultRoutes(endpoints));
    await settle(context, record, endpoints);
    return endpoint;
  });
}

export function disconnect(context: NetworkContext, containerId: string, networkId: string): Promise<void> {
  return step('network.disconnect', { container: containerId, network: networkId }, async () => {
    const record = sandboxOf(context, containerId);
    const live = context.networks.find(networkId);
    const endpoint = record.endpoints.find((candidate) => candidate.networkId === live.network.id);
    if (!endpoint)
      throw new EngineError(
        'forbidden',
        `container ${containerId} is not connected to network ${live.network.name}`,
      );
    const endpoints = record.endpoints.filter((other) => other !== endpoint);
    await withUndo(async (undo) => {
      undo.push(() => goBack(context, record));
      context.sandboxes.put({ ...record, endpoints, changing: { device: endpoint.device } });
      await context.kernel.detach(record.path, endpoint.device);
      await routeAsCan(context, record, endpoints);
      await settle(context, record, endpoints);
    });
    freeEndpoint(live, endpoint);
  });
}

/** The record as it was; ports that were taken back on the way are published again. */
async function goBack(context: NetworkContext, record: SandboxRecord): Promise<void> {
  const { mappings = [], ports = [] } = context.sandboxes.get(record.containerId) ?? {};
  if (mappings === record.mappings) context.sandboxes.put(record);
  else await redirectPorts(context, [], { ...record, mappings, ports });
}

/** A daemon died in the midst of a change: the link that came or went goes, ports lead to what is left. */
export async function settleLink(context: NetworkContext, record: SandboxRecord): Promise<void> {
  if (record.changing?.device === undefined) return;
  await context.kernel.detach(record.path, record.changing.device);
  await routeAsCan(context, record, record.endpoints);
}

/** The link is gone; that the container's processes have made those that are left unusable is their affair. */
async function routeAsCan(
  { kernel, logger }: NetworkContext,
  { containerId, path }: SandboxRecord,
  endpoints: LiveEndpoint[],
): Promise<void> {
  try {
    await kernel.setDefaultRoutes(path, defaultRoutes(endpoints));
  } catch (error) {
    logger.warn({ err: error, container: containerId }, 'a container is left without a default route');
  }
}

/** Ports, names and the record follow the endpoints. */
async function settle(
  context: NetworkContext,
  record: SandboxRecord,
  endpoints: LiveEndpoint[],
): Promise<void> {
  refuseRemoved(context, endpoints);
  const settled = await redirectPorts(context, record.endpoints, { ...record, endpoints });
  await context.firewall.followLinks();
  context.traffic.rename(namesOf(settled, context.networks));
}

export function sandboxOf(context: NetworkContext, containerId: string): SandboxRecord {
  const record = context.sandboxes.get(containerId);
  if (!record) throw notFound(`container ${containerId} has no network sandbox`);
  return record;
}
