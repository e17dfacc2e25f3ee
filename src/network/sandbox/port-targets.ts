/** Where a container's published ports lead: the endpoints that have its default routes, and those that are routed. */
import type { NetworkContext } from '../context.ts';
import type { PortLeg, PortTargets } from '../ports/mapping.ts';
import { gatewayMode, trustedLinks } from '../record/driver-options.ts';
import type { LiveEndpoint } from './store.ts';

/** The endpoint that has the default route of a family. */
export function gatewayOf(endpoints: LiveEndpoint[], family: 4 | 6): LiveEndpoint | undefined {
  return endpoints.find(({ gateway, gateway6 }) => (family === 4 ? gateway : gateway6));
}

/** Ports of this host lead to where the default routes are: an answer must find back. Routed ones need no way back. */
export function portTargets(context: NetworkContext, endpoints: LiveEndpoint[]): PortTargets {
  const [four, six] = [gatewayOf(endpoints, 4), gatewayOf(endpoints, 6)];
  const legs = { 4: legTo(context, 4, four ?? six), 6: legTo(context, 6, six ?? four) };
  return {
    ...(legs[4] && { 4: legs[4] }),
    ...(legs[6] && { 6: legs[6] }),
    routed: endpoints.flatMap((endpoint) => routedAddresses(context, endpoint)),
  };
}

function legTo(
  context: NetworkContext,
  family: 4 | 6,
  endpoint: LiveEndpoint | undefined,
): PortLeg | undefined {
  if (endpoint?.link.kind !== 'veth') return undefined;
  const options = optionsOf(context, endpoint);
  if (gatewayMode(options, family) === 'routed') return undefined;
  const address = addressOf(endpoint, family);
  const relayTo = address || endpoint.ipv4 || endpoint.ipv6;
  if (!relayTo) return undefined;
  const isTrusted = trustedLinks(options).length > 0;
  return { relayTo, ...(address && { address, ...(isTrusted && { direct: true }) }) };
}

function routedAddresses(context: NetworkContext, endpoint: LiveEndpoint): PortTargets['routed'] {
  const live = context.networks.byId(endpoint.networkId);
  if (live?.network.driver !== 'bridge' || live.network.internal) return [];
  return ([4, 6] as const).flatMap((family) => {
    const address = addressOf(endpoint, family);
    return address && gatewayMode(live.network.options, family) === 'routed' ? [{ family, address }] : [];
  });
}

const addressOf = ({ ipv4, ipv6 }: LiveEndpoint, family: 4 | 6): string | undefined =>
  (family === 4 ? ipv4 : ipv6) || undefined;

const optionsOf = (context: NetworkContext, { networkId }: LiveEndpoint): Record<string, string> =>
  context.networks.byId(networkId)?.network.options ?? {};

/** The network's own default for ports that name no address of the host. */
export function bindingOf(context: NetworkContext, endpoints: LiveEndpoint[]): string {
  const endpoint = gatewayOf(endpoints, 4) ?? gatewayOf(endpoints, 6);
  const options = endpoint ? optionsOf(context, endpoint) : {};
  const address = options['com.docker.network.bridge.host_binding_ipv4'] ?? '';
  return address === '0.0.0.0' ? '' : address;
}
