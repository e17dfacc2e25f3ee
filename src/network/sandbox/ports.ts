/** A sandbox's published ports: they lead to the endpoint that has the default route. */
import { EngineError, messageOf, notFound } from '../../core/errors.ts';
import { withUndo } from '../../core/undo.ts';
import type { NetworkContext } from '../context.ts';
import type { PortMapping } from '../kernel/calls.ts';
import type { PortProtocol, PortReference, PortRequest, PublishedPort } from '../network.ts';
import { boundTo } from '../ports/port-table.ts';
import type { LiveEndpoint, SandboxRecord } from './store.ts';

/** None if no endpoint can be reached from outside. Throws in Docker's words when a port is taken. */
export async function allocatePorts(
  context: NetworkContext,
  name: string,
  requests: PortRequest[],
  endpoints: LiveEndpoint[],
): Promise<PortMapping[]> {
  const target = portTarget(endpoints);
  if (requests.length === 0 || !target) return [];
  const bound = requests.map((request) => ({
    ...request,
    hostIp: request.hostIp || bindingOf(context, target),
  }));
  try {
    return await context.ports.allocate(bound, target);
  } catch (error) {
    const text = `driver failed programming external connectivity on endpoint ${name} (${target.id})`;
    throw new EngineError('internal', `${text}: ${messageOf(error)}`, { cause: error });
  }
}

function portTarget(endpoints: LiveEndpoint[]): LiveEndpoint | undefined {
  return endpoints.find(({ gateway, gateway6, link }) => link.kind === 'veth' && (gateway || gateway6));
}

/** The network's own default for ports that name no address of the host. */
function bindingOf(context: NetworkContext, { networkId }: LiveEndpoint): string {
  const options = context.networks.byId(networkId)?.network.options ?? {};
  const address = options['com.docker.network.bridge.host_binding_ipv4'] ?? '';
  return address === '0.0.0.0' ? '' : address;
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
    undo.push(() => context.ports.release(added));
    const portRequests = [...record.portRequests, ...requests];
    const changed = withMappings({ ...record, portRequests }, [...record.mappings, ...added]);
    undo.push(() => context.sandboxes.put(record));
    context.sandboxes.put(changed);
    await context.firewall.publish(added);
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
    if (!record.mappings.some((mapping) => isMeant(reference, mapping)))
      throw notFound(
        `port ${reference.containerPort}/${reference.protocol} of container ${record.name} is not published`,
      );
  }
  const gone = record.mappings.filter((mapping) =>
    references.some((reference) => isMeant(reference, mapping)),
  );
  const kept = record.mappings.filter((mapping) => !gone.includes(mapping));
  const portRequests = record.portRequests.filter(
    (request) => !references.some((reference) => isMeant(reference, request)),
  );
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
 * After endpoints have come or gone: published ports lead to where the default route is now, on the host's ports they
 * had. Returns the record as stored.
 */
export async function redirectPorts(context: NetworkContext, record: SandboxRecord): Promise<SandboxRecord> {
  const target = portTarget(record.endpoints);
  const right = record.mappings.every(({ relayTo }) => relayTo === (target?.ipv4 || target?.ipv6));
  if (right && (record.mappings.length > 0 || record.portRequests.length === 0)) {
    context.sandboxes.put(record);
    return record;
  }
  context.sandboxes.put(withMappings(record, []));
  await context.firewall.unpublish(record.mappings);
  await context.ports.release(record.mappings);
  const requests = record.mappings.length > 0 ? requestsOf(record.mappings) : record.portRequests;
  const mappings = await allocatePorts(context, record.name, requests, record.endpoints);
  const changed = withMappings(record, mappings);
  context.sandboxes.put(changed);
  await context.firewall.publish(mappings);
  return changed;
}

/** The same again; a port held on all IPv4 and all IPv6 addresses is one request. */
function requestsOf(mappings: PortMapping[]): PortRequest[] {
  const requests = mappings.map(({ containerPort, protocol, hostIp, hostPort, open }) => ({
    containerPort,
    protocol,
    hostIp,
    hostPort,
    open,
  }));
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
}
