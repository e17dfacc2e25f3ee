/** Networks that are nothing but a configuration (`--config-only`), and those made from one (`--config-from`). */
import { forbidden, notFound } from '../../core/errors.ts';
import type { Network, NetworkRequest } from '../network.ts';
import { blank } from './predefined.ts';
import type { NetworkStore } from './store.ts';

/** Driver and scope say nothing: what it holds is not used before a network is made from it, nor checked. */
export function configurationOf(request: NetworkRequest): Network {
  if (request.internal || request.attachable)
    throw forbidden(
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    );
  if (request.configFrom)
    throw forbidden('a configuration network cannot depend on another configuration network');
  const { driver = 'default', options = {}, pools = [] } = request.ipam ?? {};
  return {
    ...blank(request.name, 'null'),
    ipv4: request.ipv4 ?? true,
    ipv6: request.ipv6 ?? false,
    ipam: { driver: driver || 'default', options, pools },
    options: request.options ?? {},
    labels: request.labels ?? {},
    configOnly: true,
  };
}

/** What was asked for, completed by the configuration that it names. */
export function withConfiguration(networks: NetworkStore, request: NetworkRequest): NetworkRequest {
  if (!request.configFrom || request.configOnly) return request;
  refuseOwn(request);
  const found = networks
    .list()
    .find(({ network }) => network.configOnly === true && network.name === request.configFrom);
  if (!found) throw notFound(`configuration network "${request.configFrom}" does not exist`);
  const { ipv4, ipv6, ipam, options, labels } = found.network;
  return { ...request, ipv4, ipv6, ipam, options, labels };
}

function refuseOwn({ ipv4 = true, ipv6, ipam, options, labels }: NetworkRequest): void {
  const has = (map: object | undefined) => Object.keys(map ?? {}).length > 0;
  const driver = ipam?.driver || 'default';
  if (driver !== 'default' || !ipv4 || ipv6 || has(labels) || has(ipam?.options) || has(ipam?.pools))
    throw forbidden(
      'user specified configurations are not supported if the network depends on a configuration network',
    );
  if (has(options))
    throw forbidden(
      'network driver options are not supported if the network depends on a configuration network',
    );
}

export function refuseUsedConfiguration(networks: NetworkStore, { name, configOnly }: Network): void {
  const isUsed = networks.list().some(({ network }) => network.configFrom === name);
  if (configOnly && isUsed)
    throw forbidden(`error while removing network: configuration network "${name}" is in use`);
}
