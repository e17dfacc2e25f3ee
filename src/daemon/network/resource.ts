/** A network as the API shows it: in the list, and with its containers and addresses when inspected. */
import type { EndpointResource, NetworkResource } from '../../api/network.ts';
import type { Endpoint, IpamPool, Network } from '../../network/network.ts';
import type { Engine } from '../engine.ts';

export function networkSummary(network: Network): NetworkResource {
  const { ipam } = network;
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.ipv4,
    EnableIPv6: network.ipv6,
    IPAM: {
      Driver: ipam.driver,
      Options: Object.keys(ipam.options).length > 0 ? ipam.options : null,
      Config: ipam.pools.map(poolResource),
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: network.configFrom ?? '' },
    ConfigOnly: network.configOnly ?? false,
    Options: network.options,
    Labels: network.labels,
  };
}

export function networkResource(engine: Engine, network: Network): NetworkResource {
  return {
    ...networkSummary(network),
    Containers: networkContainers(engine, network),
    Status: { IPAM: { Subnets: subnetUsage(engine, network) } },
  };
}

/** By container id. */
export function networkContainers({ networks }: Engine, { id }: Network): Record<string, EndpointResource> {
  const entries = networks
    .endpointsOf(id)
    .map(({ containerId, name, endpoint }) => [containerId, endpointResource(name, endpoint)]);
  return Object.fromEntries(entries);
}

function poolResource({ subnet, gateway, ipRange, auxAddresses }: IpamPool) {
  return {
    ...(subnet && { Subnet: subnet }),
    ...(ipRange && { IPRange: ipRange }),
    ...(gateway && { Gateway: gateway }),
    ...(auxAddresses && { AuxiliaryAddresses: auxAddresses }),
  };
}

function endpointResource(
  name: string,
  { id, mac, ipv4, prefix, ipv6, prefix6 }: Endpoint,
): EndpointResource {
  return {
    Name: name,
    EndpointID: id,
    MacAddress: mac,
    IPv4Address: ipv4 ? `${ipv4}/${prefix}` : '',
    IPv6Address: ipv6 ? `${ipv6}/${prefix6}` : '',
  };
}

function subnetUsage({ networks }: Engine, { id }: Network) {
  return Object.fromEntries(
    networks
      .usage(id)
      .map(({ subnet, inUse, available }) => [subnet, { IPsInUse: inUse, DynamicIPsAvailable: available }]),
  );
}
