/** Networks. */
import Type, { type Static } from 'typebox';
import { EndpointSettings } from './network-endpoint.ts';
import { lenient, nullable, oneOf, query, TextMap, Texts } from './schema.ts';

export * from './network-endpoint.ts';

export const IpamConfig = lenient({
  Subnet: Type.String(),
  IPRange: Type.String(),
  Gateway: Type.String(),
  AuxiliaryAddresses: TextMap,
});
export type IpamConfig = Static<typeof IpamConfig>;

export const Ipam = lenient({
  Driver: Type.String(),
  Config: Type.Array(IpamConfig),
  Options: TextMap,
});
export type Ipam = Static<typeof Ipam>;

export const EndpointResource = Type.Object({
  Name: Type.String(),
  EndpointID: Type.String(),
  MacAddress: Type.String(),
  IPv4Address: Type.String(),
  IPv6Address: Type.String(),
});
export type EndpointResource = Static<typeof EndpointResource>;

/** `Containers` is absent from the list since API 1.28. */
export const NetworkResource = Type.Object({
  Name: Type.String(),
  Id: Type.String(),
  Created: Type.String(),
  Scope: Type.String(),
  Driver: Type.String(),
  EnableIPv4: Type.Boolean(),
  EnableIPv6: Type.Boolean(),
  IPAM: Ipam,
  Internal: Type.Boolean(),
  Attachable: Type.Boolean(),
  Ingress: Type.Boolean(),
  ConfigFrom: Type.Object({ Network: Type.String() }),
  ConfigOnly: Type.Boolean(),
  Containers: Type.Optional(Type.Record(Type.String(), EndpointResource)),
  Options: TextMap,
  Labels: TextMap,
  Status: Type.Optional(
    Type.Object({
      IPAM: Type.Object({
        Subnets: Type.Record(
          Type.String(),
          Type.Object({ IPsInUse: Type.Number(), DynamicIPsAvailable: Type.Number() }),
        ),
      }),
    }),
  ),
});
export type NetworkResource = Static<typeof NetworkResource>;

export const NetworkCreateRequest = lenient({
  Name: Type.String(),
  CheckDuplicate: Type.Boolean(),
  Driver: Type.String(),
  Scope: Type.String(),
  Internal: Type.Boolean(),
  Attachable: Type.Boolean(),
  Ingress: Type.Boolean(),
  ConfigOnly: Type.Boolean(),
  ConfigFrom: lenient({ Network: Type.String() }),
  IPAM: Ipam,
  EnableIPv4: Type.Boolean(),
  EnableIPv6: Type.Boolean(),
  Options: TextMap,
  Labels: TextMap,
});
export type NetworkCreateRequest = Static<typeof NetworkCreateRequest>;

export const NetworkCreateResponse = Type.Object({ Id: Type.String(), Warning: Type.String() });
export type NetworkCreateResponse = Static<typeof NetworkCreateResponse>;

export const NetworkConnectRequest = lenient({
  Container: Type.String(),
  EndpointConfig: EndpointSettings,
});
export type NetworkConnectRequest = Static<typeof NetworkConnectRequest>;

export const NetworkDisconnectRequest = lenient({ Container: Type.String(), Force: Type.Boolean() });
export type NetworkDisconnectRequest = Static<typeof NetworkDisconnectRequest>;

export const NetworkPruneResponse = Type.Object({ NetworksDeleted: nullable(Texts) });
export type NetworkPruneResponse = Static<typeof NetworkPruneResponse>;

/** Our own: who can reach a published port. `firewall`: whom the chains named let in. */
export const PortReach = Type.Object({
  ContainerID: Type.String(),
  ContainerName: Type.String(),
  PrivatePort: Type.Integer(),
  Type: Type.String(),
  IP: Type.String(),
  PublicPort: Type.Integer(),
  Reach: oneOf('host', 'firewall', 'everyone'),
  Chains: Texts,
});
export type PortReach = Static<typeof PortReach>;

export const NetworkListQuery = query('filters');
export const NetworkInspectQuery = query('verbose', 'scope');
export const NetworkPruneQuery = query('filters', 'dryRun');
