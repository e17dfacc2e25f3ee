/** `docker network create`: what the API says, as the network layer takes it. */
import type { IpamConfig, NetworkCreateRequest } from '../../api/network.ts';
import { invalidArgument, notImplemented } from '../../core/errors.ts';
import type { IpamPool, Network, NetworkRequest } from '../../network/network.ts';
import type { Engine } from '../engine.ts';
import { publishNetwork } from './events.ts';

export async function createNetwork(engine: Engine, body: NetworkCreateRequest): Promise<Network> {
  const network = await engine.networks.create(createRequest(body));
  publishNetwork(engine, network, 'create');
  return network;
}

function createRequest(body: NetworkCreateRequest): NetworkRequest {
  refuseUnbuilt(body);
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
    ipam: {
      driver: body.IPAM?.Driver || 'default',
      options: body.IPAM?.Options ?? {},
      pools: (body.IPAM?.Config ?? []).filter((config) => !isEmpty(config)).map(poolOf),
    },
  };
}

function refuseUnbuilt({ ConfigOnly, ConfigFrom, Ingress, Scope, IPAM }: NetworkCreateRequest): void {
  if (ConfigOnly || ConfigFrom?.Network)
    throw notImplemented('config-only networks are not implemented by this engine');
  if (Ingress || Scope === 'swarm')
    throw notImplemented('networks of a swarm are not implemented by this engine');
  const ipam = IPAM?.Driver || 'default';
  if (ipam !== 'default') throw notImplemented(`the IPAM driver ${ipam} is not implemented by this engine`);
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
