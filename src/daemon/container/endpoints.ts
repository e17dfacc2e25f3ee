/** The networks that a container is made for, each with what was asked of its place there. */
import type { ContainerCreateRequest, HostConfig } from '../../api/container.ts';
import type { EndpointSettings } from '../../api/network.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { validateEndpoint } from '../network/endpoint.ts';
import { networkMode, sharedWith } from './network.ts';
import { refuseMixedNetworks } from './validate/network.ts';

/**
 * What was said about the network of the network mode may stand under `default` or under its name. Whoever names only
 * others wants only those. A network that is not there yet may come before the start; of one that is, addresses and
 * names are checked now.
 */
export function endpointsAsked(
  { networks }: Engine,
  { NetworkingConfig }: ContainerCreateRequest,
  hostConfig: HostConfig,
): Record<string, EndpointSettings> {
  const mode = networkMode({ hostConfig });
  refuseMixedNetworks(Object.keys(NetworkingConfig?.EndpointsConfig ?? {}));
  if (sharedWith(mode) !== undefined) {
    const moved = Object.values(NetworkingConfig?.EndpointsConfig ?? {}).some(
      (settings) => settings?.MacAddress,
    );
    if (moved) throw invalidArgument('conflicting options: mac-address and the network mode');
    return {};
  }
  const { default: usual, ...named } = NetworkingConfig?.EndpointsConfig ?? {};
  const missing = Object.entries(named).find(([, settings]) => settings === null);
  if (missing) throw invalidArgument(`no EndpointSettings for ${missing[0]}`);
  const endpoints: Record<string, EndpointSettings> = { ...(named as Record<string, EndpointSettings>) };
  if (usual || Object.keys(named).length === 0) endpoints[mode] ??= usual ?? {};
  for (const [name, settings] of Object.entries(endpoints)) {
    const network = networks.list().find((known) => known.name === name || known.id === name);
    if (network) validateEndpoint(network, settings);
  }
  return endpoints;
}
