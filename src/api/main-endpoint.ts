/** The place of a container in the network of its network mode, among those that a request speaks of. */
import type { ContainerCreateRequest } from './container-config.ts';
import type { EndpointSettings } from './network-endpoint.ts';

/** Added to the request if it is not there. One network alone is the main one, whatever the mode. */
export function mainEndpoint(request: ContainerCreateRequest): EndpointSettings {
  request.NetworkingConfig ??= {};
  request.NetworkingConfig.EndpointsConfig ??= {};
  const endpoints = request.NetworkingConfig.EndpointsConfig;
  const [only, ...others] = Object.keys(endpoints);
  const name = only !== undefined && others.length === 0 ? only : mainEndpointName(request);
  const endpoint = endpoints[name] ?? {};
  endpoints[name] = endpoint;
  return endpoint;
}

/** The host's network and another container's have no place to give. */
export function hasOwnNetwork({ HostConfig }: ContainerCreateRequest): boolean {
  const mode = HostConfig?.NetworkMode ?? '';
  return mode !== 'host' && mode !== 'none' && !mode.startsWith('container:');
}

/** The network may be called by its name, or the usual one `default`. */
export function mainEndpointName({ HostConfig, NetworkingConfig }: ContainerCreateRequest): string {
  const mode = HostConfig?.NetworkMode || 'default';
  const names = Object.keys(NetworkingConfig?.EndpointsConfig ?? {});
  if (names.includes(mode)) return mode;
  const usual = ['default', 'bridge'];
  return (usual.includes(mode) && usual.find((name) => names.includes(name))) || mode;
}
