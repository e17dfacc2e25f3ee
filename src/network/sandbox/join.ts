/** Gives a container its network: a ready namespace if there is one, further links, published ports, its record. */
import { step } from '../../core/step.ts';
import { type Undo, withUndo } from '../../core/undo.ts';
import type { NetworkContext } from '../context.ts';
import type { EndpointRequest, Sandbox, SandboxRequest } from '../network.ts';
import type { Allocation } from '../ports/port-table.ts';
import type { LiveNetwork } from '../record/store.ts';
import { freeEndpoint, freePosition, planEndpoint } from './endpoint.ts';
import { INTERFACE_NAME, INTERFACE_SETTINGS } from './interface-options.ts';
import { namesOf } from './names.ts';
import type { ReadyNamespace } from './pool.ts';
import { allocatePorts, publishedPorts } from './ports.ts';
import type { LiveEndpoint, SandboxRecord } from './store.ts';

export function join(context: NetworkContext, request: SandboxRequest): Promise<Sandbox> {
  return step('network.join', { container: request.containerId }, () =>
    withUndo((undo) => joined(context, request, undo)),
  ).finally(() => context.pool.refill());
}

async function joined(context: NetworkContext, request: SandboxRequest, undo: Undo): Promise<Sandbox> {
  const [first, ...others] = request.endpoints;
  const ready = await step('network.namespace', { network: first?.network }, () =>
    first ? namespaceFor(context, first) : context.pool.makeBare(),
  );
  undo.push(() => giveUp(context, ready));
  const joinedTo = ready.endpoint ? [ready.endpoint] : [];
  for (const wanted of others) {
    joinedTo.push(await addLink(context, ready.path, wanted, freePosition(joinedTo), undo));
  }
  const endpoints = inGatewayOrder(joinedTo);
  if (others.length > 0) await context.kernel.setDefaultRoutes(ready.path, defaultRoutes(endpoints));
  const allocation = await allocatePorts(context, request.name, request.ports, endpoints);
  const { mappings } = allocation;
  undo.push(() => context.ports.release(mappings));
  undo.push(() => context.firewall.unpublish(mappings));
  const record = recordOf(request, ready, endpoints, allocation);
  refuseRemoved(context, endpoints);
  undo.push(() => context.sandboxes.delete(record.containerId));
  context.sandboxes.put(record);
  await step('network.publish', { ports: mappings.length }, () => context.firewall.publish(mappings));
  await context.firewall.followLinks();
  context.traffic.serve(namesOf(record, context.networks), ready.resolver.sockets);
  return record;
}

/** A network can go while it is being joined. Nothing may wait between this and the record that holds it from then on. */
export function refuseRemoved(context: NetworkContext, endpoints: LiveEndpoint[]): void {
  for (const { networkId } of endpoints) context.networks.find(networkId);
}

/**
 * The default routes' endpoints first, as Docker has it: the highest priority, then those that have a gateway for both
 * families, then for one, then the first name.
 */
export function inGatewayOrder(endpoints: LiveEndpoint[]): LiveEndpoint[] {
  const priority = ({ request }: LiveEndpoint) => request.gatewayPriority ?? 0;
  const gateways = ({ gateway, gateway6 }: LiveEndpoint) =>
    Number(gateway !== '') + Number(Boolean(gateway6));
  return endpoints.toSorted(
    (a, b) =>
      priority(b) - priority(a) || gateways(b) - gateways(a) || (a.networkName < b.networkName ? -1 : 1),
  );
}

async function namespaceFor(context: NetworkContext, request: EndpointRequest): Promise<ReadyNamespace> {
  const live = context.networks.find(request.network);
  const { id } = live.network;
  if (isUsual(request, live)) {
    const ready = context.pool.take(id);
    if (ready?.endpoint)
      return { ...ready, endpoint: { ...ready.endpoint, aliases: request.aliases, request } };
  }
  const endpoint = await planWithStock(context, request, 0);
  try {
    return await context.pool.make(endpoint);
  } catch (error) {
    freeEndpoint(live, endpoint);
    throw error;
  }
}

/** Whether one that was made before anybody asked will do. */
function isUsual(request: EndpointRequest, { network }: LiveNetwork): boolean {
  const { ipv4, ipv6, mac, linkLocal = [], driverOptions = {}, noIpv6 = false } = request;
  const isShaped = INTERFACE_NAME in driverOptions || INTERFACE_SETTINGS in driverOptions;
  return !ipv4 && !ipv6 && !mac && linkLocal.length === 0 && !isShaped && !(noIpv6 && network.ipv6);
}

/** The stock of ready namespaces holds addresses too: one that is asked for, or the last ones, come out of it. */
export async function planWithStock(
  context: NetworkContext,
  request: EndpointRequest,
  position: number,
): Promise<LiveEndpoint> {
  const live = context.networks.find(request.network);
  const plan = { instance: context.instance, live, request, position };
  try {
    return planEndpoint(plan);
  } catch {
    await context.pool.drain(live.network.id);
    return planEndpoint(plan);
  }
}

async function addLink(
  context: NetworkContext,
  path: string,
  request: EndpointRequest,
  position: number,
  undo: Undo,
): Promise<LiveEndpoint> {
  const endpoint = await planWithStock(context, request, position);
  undo.push(() => freeEndpoint(context.networks.byId(endpoint.networkId), endpoint));
  await context.kernel.attach(path, { ...endpoint.link, gateways: [] });
  return endpoint;
}

/** Through the first endpoint that has a gateway, for each family. */
export function defaultRoutes(endpoints: LiveEndpoint[]): { device: string; gateway: string }[] {
  const four = endpoints.find(({ gateway }) => gateway);
  const six = endpoints.find(({ gateway6 }) => gateway6);
  return [
    ...(four ? [{ device: four.device, gateway: four.gateway }] : []),
    ...(six?.gateway6 ? [{ device: six.device, gateway: six.gateway6 }] : []),
  ];
}

function recordOf(
  request: SandboxRequest,
  { path, resolver: { ports: resolver } }: ReadyNamespace,
  endpoints: LiveEndpoint[],
  { requests: portRequests, mappings }: Allocation,
): SandboxRecord {
  const { containerId, name, hostname, dns = [], exposed = [] } = request;
  return {
    containerId,
    name,
    hostname,
    dns,
    path,
    resolver,
    endpoints,
    exposed,
    portRequests,
    mappings,
    ports: publishedPorts(mappings),
  };
}

async function giveUp(
  context: NetworkContext,
  { path, resolver: { sockets }, endpoint }: ReadyNamespace,
): Promise<void> {
  if (endpoint) freeEndpoint(context.networks.byId(endpoint.networkId), endpoint);
  await context.kernel.closeSockets([sockets.udp, sockets.tcp]);
  await context.kernel.dropNamespaces([path]);
}
