/** A sandbox's published ports: they lead to the endpoints that have the default routes. */
import { isDeepStrictEqual } from 'node:util';
import { EngineError, messageOf, notFound } from '../../core/errors.ts';
import { withUndo } from '../../core/undo.ts';
import type { NetworkContext } from '../context.ts';
import type { PortMapping } from '../kernel/calls.ts';
import type { PortProtocol, PortReference, PortRequest, PublishedPort } from '../network.ts';
import { type Allocation, boundTo } from '../ports/port-table.ts';
import { bindingOf, gatewayOf, portTargets } from './port-targets.ts';
import type { LiveEndpoint, SandboxRecord } from './store.ts';

/** None if no endpoint can be reached from outside. Throws in Docker's words when a port is taken. */
export async function allocatePorts(
  context: NetworkContext,
  name: string,
  requests: PortRequest[],
  endpoints: LiveEndpoint[],
): Promise<Allocation> {
  const targets = portTargets(context, endpoints);
  const binding = bindingOf(context, endpoints);
  const bound = requests.map((request) => ({ ...request, hostIp: request.hostIp || binding }));
  try {
    const { requests: settled, mappings } = await context.ports.allocate(bound, targets);
    const asked = settled.map((request, index) => ({ ...request, hostIp: requests[index]?.hostIp ?? '' }));
    return { requests: asked, mappings };
  } catch (error) {
    const endpoint = gatewayOf(endpoints, 4) ?? gatewayOf(endpoints, 6);
    const text = `driver failed programming external connectivity on endpoint ${name} (${endpoint?.id})`;
    throw new EngineError('internal', `${text}: ${messageOf(error)}`, { cause: error });
  }
}

export function publishedPorts(mappings: PortMapping[]): PublishedPort[] {
  return mappings.map(({ containerPort, protocol, hostIp, family, hostPort }) => ({
    containerPort,
    protocol,
    hostIp: boundTo(hostIp, family),
    hostPort,
  }));
}

/** Publishes more ports of a running container. All or none. */
export async function publishPorts(
  context: NetworkContext,
  record: SandboxRecord,
  requests: PortRequest[],
): Promise<PublishedPort[]> {
  return withUndo(async (undo) => {
    const added = await allocatePorts(context, record.name, requests, record.endpoints);
    undo.push(() => context.ports.release(added.mappings));
    const portRequests = [...record.portRequests, ...added.requests];
    const changed = withMappings({ ...record, portRequests }, [...record.mappings, ...added.mappings]);
    undo.push(() => context.sandboxes.put(record));
    context.sandboxes.put(changed);
    await context.firewall.publish(added.mappings);
    return changed.ports;
  });
}

/** Throws `not-found` if one of them is not published; nothing is taken back then. */
export async function unpublishPorts(
  context: NetworkContext,
  record: SandboxRecord,
  references: PortReference[],
): Promise<PublishedPort[]> {
  for (const reference of references) {
    if (![...record.mappings, ...record.portRequests].some((port) => isMeant(reference, port)))
      throw notFound(
        `port ${reference.containerPort}/${reference.protocol} of container ${record.name} is not published`,
      );
  }
  const portRequests = record.portRequests.filter(
    (request) => !references.some((reference) => isMeant(reference, request)),
  );
  // A routed one, which no port of this host leads to, goes with the last that asks for it.
  const gone = record.mappings.filter((mapping) =>
    mapping.hostPort === 0
      ? !portRequests.some((request) => isMeant({ ...mapping, hostPort: undefined }, request))
      : references.some((reference) => isMeant(reference, mapping)),
  );
  const kept = record.mappings.filter((mapping) => !gone.includes(mapping));
  const changed = withMappings({ ...record, portRequests }, kept);
  context.sandboxes.put(changed);
  await context.firewall.unpublish(gone);
  await context.ports.release(gone);
  return changed.ports;
}

const isMeant = (
  reference: PortReference,
  port: { containerPort: number; protocol: PortProtocol; hostPort: number },
) =>
  reference.containerPort === port.containerPort &&
  reference.protocol === port.protocol &&
  (reference.hostPort === undefined || reference.hostPort === port.hostPort);

const withMappings = (record: SandboxRecord, mappings: PortMapping[]): SandboxRecord => ({
  ...record,
  mappings,
  ports: publishedPorts(mappings),
});

/**
 * After endpoints have come or gone (`before`: those that there were): published ports lead to where the default routes
 * are now, on the host's ports they had. Returns the record as stored.
 */
export async function redirectPorts(
  context: NetworkContext,
  before: LiveEndpoint[],
  record: SandboxRecord,
): Promise<SandboxRecord> {
  const [old, wanted] = [portTargets(context, before), portTargets(context, record.endpoints)];
  if (record.portRequests.length === 0 || isDeepStrictEqual(old, wanted)) {
    const settled = { ...record, changing: undefined };
    context.sandboxes.put(settled);
    return settled;
  }
  context.sandboxes.put({ ...withMappings(record, []), changing: {} });
  await context.firewall.unpublish(record.mappings);
  await context.ports.release(record.mappings);
  const { requests: portRequests, mappings } = await allocatePorts(
    context,
    record.name,
    record.portRequests,
    record.endpoints,
  );
  const changed = withMappings({ ...record, portRequests, changing: undefined }, mappings);
  context.sandboxes.put(changed);
  await context.firewall.publish(mappings);
  return changed;
}
