/** A container's place in a network, asked for and shown. */
import Type, { type Static } from 'typebox';
import { lenient, TextMap, Texts } from './schema.ts';

export const EndpointIpamConfig = lenient({
  IPv4Address: Type.String(),
  IPv6Address: Type.String(),
  LinkLocalIPs: Texts,
});
export type EndpointIpamConfig = Static<typeof EndpointIpamConfig>;

export const EndpointSettings = lenient({
  IPAMConfig: EndpointIpamConfig,
  Links: Texts,
  Aliases: Texts,
  MacAddress: Type.String(),
  DriverOpts: TextMap,
  GwPriority: Type.Integer(),
  NetworkID: Type.String(),
  EndpointID: Type.String(),
  Gateway: Type.String(),
  IPAddress: Type.String(),
  IPPrefixLen: Type.Integer(),
  IPv6Gateway: Type.String(),
  GlobalIPv6Address: Type.String(),
  GlobalIPv6PrefixLen: Type.Integer(),
  DNSNames: Texts,
});
export type EndpointSettings = Static<typeof EndpointSettings>;

export const NetworkingConfig = lenient({
  EndpointsConfig: Type.Record(Type.String(), Type.Union([EndpointSettings, Type.Null()])),
});
export type NetworkingConfig = Static<typeof NetworkingConfig>;
