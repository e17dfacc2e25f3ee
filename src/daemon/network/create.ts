/** `docker network create`: what the API says, as the network layer takes it. */
import type { IpamConfig, NetworkCreateRequest } from '../../api/network.ts';
import { forbidden, invalidArgument, notFound, unavailable } from '../../core/errors.ts';
import type { IpamPool, Network, NetworkRequest } from '../../network/network.ts';
import type { Engine } from '../engine.ts';
import { NO_SWARM } from '../plugins/unbuilt.ts';
import { publishNetwork } from './events.ts';

export async function createNetwork(engine: Engine, body: NetworkCreateRequest): Promise<Network> {
  const network = await engine.networks.create(createRequest(body));
  publishNetwork(engine, network, 'create');
  return network;
}

function createRequest(body: NetworkCreateRequest): NetworkRequest {
  refuseForeign(body);
  if (!body.Name) throw invalidArgument('network name cannot be empty');
  return {
    name: body.Name,
    driver: body.Driver || 'bridge',
    internal: body.Internal ?? false,
    attachable: body.Attachable ?? false,
    ipv4: body.EnableIPv4 ?? true,
    ipv6: body.EnableIPv6 ?? false,
    options: body.Options ?? {},
    labels: body.Labels ?? {},
    ...(body.ConfigOnly && { configOnly: true }),
    ...(body.ConfigFrom?.Network && { configFrom: body.ConfigFrom.Network }),
    ipam: {
      driver: body.IPAM?.Driver || 'default',
      options: body.IPAM?.Options ?? {},
      pools: (body.IPAM?.Config ?? []).filter((config) => !isEmpty(config)).map(poolOf),
    },
  };
}

/** Networks of a swarm, and drivers that would be plugins: dockerd's answers outside a swarm. */
function refuseForeign({ ConfigOnly, Driver, Ingress, Scope, IPAM }: NetworkCreateRequest): void {
  if (ConfigOnly && (Ingress || Scope))
    throw forbidden(
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    );
  if (Driver === 'overlay') throw unavailable(NO_SWARM);
  if (Scope === 'swarm') throw forbidden('cannot create a swarm scoped network when swarm is not active');
  if (Ingress) throw forbidden('Ingress network can only be global scope network');
  const ipam = IPAM?.Driver || 'default';
  if (ipam === 'null') throw invalidArgument('ipv4 pool is empty');
  if (ipam !== 'default') throw notFound(`plugin ${JSON.stringify(ipam)} not found`);
}

const isEmpty = (config: IpamConfig): boolean => Object.values(config).every((value) => !value);

function poolOf({ Subnet, IPRange, Gateway, AuxiliaryAddresses }: IpamConfig): IpamPool {
  return {
    subnet: Subnet ?? '',
    ...(IPRange && { ipRange: IPRange }),
    ...(Gateway && { gateway: Gateway }),
    ...(AuxiliaryAddresses && { auxAddresses: AuxiliaryAddresses }),
  };
}
