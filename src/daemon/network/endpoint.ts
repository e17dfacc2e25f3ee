/** What a person asks of a container's place in a network: checked in dockerd's words, and as the network layer takes it. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { HostConfig } from '../../api/container.ts';
import type { EndpointSettings } from '../../api/network.ts';
import { invalidArgument, messageOf } from '../../core/errors.ts';
import { contains, parseSubnet } from '../../network/addressing/address.ts';
import type { EndpointRequest, Network } from '../../network/network.ts';
import { checkInterfaceOptions } from '../../network/sandbox/interface-options.ts';
import type { Container } from '../container/container.ts';
import { isPredefined } from './list.ts';

/** `network`: its name or id. */
export function endpointRequest(
  network: string,
  settings: EndpointSettings,
  { hostConfig }: Pick<Container, 'hostConfig'>,
): EndpointRequest {
  return {
    network,
    ipv4: settings.IPAMConfig?.IPv4Address || undefined,
    ipv6: settings.IPAMConfig?.IPv6Address || undefined,
    linkLocal: settings.IPAMConfig?.LinkLocalIPs ?? [],
    noIpv6: hasNoIpv6(hostConfig),
    mac: settings.MacAddress || undefined,
    aliases: settings.Aliases ?? [],
    links: settings.Links ?? [],
    driverOptions: settings.DriverOpts ?? undefined,
    gatewayPriority: settings.GwPriority ?? 0,
  };
}

/** The kernel would take the addresses away again, and others must not be told of them. */
export const hasNoIpv6 = ({ Sysctls }: HostConfig): boolean =>
  Sysctls?.['net.ipv6.conf.all.disable_ipv6'] === '1';

/** Throws `invalid-argument` with all that is wrong. */
export function validateEndpoint(network: Network, settings: EndpointSettings): void {
  const faults = [
    ...addressFaults(network, settings),
    ...aliasFaults(network, settings),
    ...macFaults(settings),
    ...driverFaults(settings),
  ];
  if (faults.length > 0) throw invalidArgument(`invalid endpoint settings:\n${faults.join('\n')}`);
}

function* addressFaults(network: Network, { IPAMConfig }: EndpointSettings): Generator<string> {
  const { IPv4Address = '', IPv6Address = '', LinkLocalIPs } = IPAMConfig ?? {};
  for (const address of LinkLocalIPs ?? [])
    if (!isLinkLocal(address)) yield `invalid link-local IP address: ${address}`;
  if (!IPv4Address && !IPv6Address) return;
  if (isPredefined(network)) yield 'user specified IP address is supported on user defined networks only';
  if (IPv4Address && (!isIPv4(IPv4Address) || IPv4Address === '0.0.0.0'))
    yield `invalid IPv4 address: ${IPv4Address}`;
  if (IPv6Address && (!isIPv6(IPv6Address) || /%|^::$/.test(IPv6Address)))
    yield `invalid IPv6 address: ${IPv6Address}`;
  for (const [address, version] of [
    [IPv4Address, 4],
    [IPv6Address, 6],
  ] as const)
    if (address && isIP(address) === version && !isPredefined(network) && !isWithin(network, address))
      yield `no configured subnet or ip-range contain the IP address ${address}`;
}

const isWithin = ({ ipam: { pools } }: Network, address: string): boolean =>
  pools.some(({ subnet }) => contains(parseSubnet(subnet), address));

/** RFC 3927; RFC 4291, 2.5.6. */
const isLinkLocal = (address: string): boolean =>
  isIPv4(address)
    ? address.startsWith('169.254.')
    : isIPv6(address) && /^fe[89ab][0-9a-f]:[^%]*$/i.test(address);

function* aliasFaults(network: Network, { Aliases }: EndpointSettings): Generator<string> {
  if (isPredefined(network) && Aliases && Aliases.length > 0)
    yield 'network-scoped aliases are only supported for user-defined networks';
}

function* driverFaults({ DriverOpts }: EndpointSettings): Generator<string> {
  try {
    checkInterfaceOptions(DriverOpts ?? {});
  } catch (error) {
    yield messageOf(error);
  }
}

function* macFaults({ MacAddress }: EndpointSettings): Generator<string> {
  if (MacAddress && !/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(MacAddress))
    yield `invalid MAC address: ${MacAddress}`;
}
