/** The network `bridge`, as the daemon's flags describe it: its subnets, its gateway, its options. */
import { invalidArgument } from '../../core/errors.ts';
import { contains, overlap, parseSubnet, type Subnet, subnetText } from '../addressing/address.ts';
import { type AddressPool, freeSubnet, freeSubnet6 } from '../addressing/free-subnet.ts';
import type { KernelClient } from '../kernel/calls.ts';
import type { IpamPool, Network } from '../network.ts';
import { blank, withGateway } from './predefined.ts';
import type { LiveNetwork, NetworkStore } from './store.ts';

/** dockerd's flags of the same names. */
export interface BridgeFlags {
  /** Address of the bridge with prefix; absent: from the pools. */
  bip?: string;
  bip6?: string;
  /** The part of the subnet that containers get addresses from. */
  fixedCidr?: string;
  fixedCidr6?: string;
  ipv6?: boolean;
  /** What containers have as default gateway instead of the bridge. */
  defaultGateway?: string;
  defaultGateway6?: string;
  icc?: boolean;
  ipMasq?: boolean;
  /** The host's address that ports are published on. */
  defaultIp?: string;
  mtu?: number;
}

export interface DefaultBridge extends BridgeFlags {
  /** Name of the link; 'none': there is no default bridge. */
  device: string;
  pools: AddressPool[];
  /** The name is of our making: a link of that name is an earlier daemon's. */
  isOurs: boolean;
}

/** Its id stays; its subnet too, unless the flags or this host's routes (after a move, say) now say otherwise. */
export async function ensureDefaultBridge(
  store: NetworkStore,
  kernel: KernelClient,
  bridge: DefaultBridge,
): Promise<void> {
  const old = store.list().find(({ network }) => network.name === 'bridge');
  if (bridge.device === 'none') {
    if (old) store.delete(old.network.id);
    return;
  }
  const others = store.list().filter((live) => live !== old);
  const host = (await kernel.usedSubnets(bridge.device)).map(parseSubnet);
  const taken = [...host, ...others.flatMap(({ spaces }) => spaces.map(({ subnet }) => subnet))];
  const adopted = old?.device === bridge.device ? old.adopted : await kernel.linkExists(bridge.device);
  const network: Network = {
    ...(old?.network ?? blank('bridge', 'bridge')),
    ipv6: bridge.ipv6 ?? false,
    ipam: { driver: 'default', options: {}, pools: poolsOf(bridge, taken, old) },
    options: optionsOf(bridge),
  };
  const live = store.put(network, bridge.device, adopted && !bridge.isOurs);
  live.filtered = bridge.icc === false && (await kernel.canFilterBridges());
}

function poolsOf(bridge: DefaultBridge, taken: Subnet[], old: LiveNetwork | undefined): IpamPool[] {
  const kept = (family: 4 | 6) =>
    old?.spaces
      .map(({ subnet }) => subnet)
      .find((subnet) => subnet.family === family && !taken.some((other) => overlap(other, subnet)));
  const { bip, fixedCidr, defaultGateway, bip6, fixedCidr6, defaultGateway6, pools } = bridge;
  const four = pool(bip, fixedCidr, () => kept(4) ?? freeSubnet(pools, taken));
  const withFour = exitBy(four, 'DefaultGatewayIPv4', defaultGateway);
  if (!bridge.ipv6) return [withFour];
  const six = pool(bip6, fixedCidr6, () => kept(6) ?? freeSubnet6(pools, taken));
  return [withFour, exitBy(six, 'DefaultGatewayIPv6', defaultGateway6)];
}

function pool(bip: string | undefined, range: string | undefined, choose: () => Subnet): IpamPool {
  const subnet = bip || range;
  return withGateway({
    subnet: subnetText(subnet ? parseSubnet(subnet) : choose()),
    ...(bip && { gateway: bip.split('/')[0] }),
    ...(range && { ipRange: subnetText(parseSubnet(range)) }),
  });
}

/** As dockerd, whose inspect shows it among the auxiliary addresses. */
function exitBy(given: IpamPool, name: string, gateway: string | undefined): IpamPool {
  if (!gateway) return given;
  if (!contains(parseSubnet(given.subnet), gateway))
    throw invalidArgument(`the default gateway ${gateway} is not in the bridge's subnet ${given.subnet}`);
  return { ...given, auxAddresses: { [name]: gateway } };
}

function optionsOf({ device, icc = true, ipMasq = true, defaultIp, mtu }: DefaultBridge): Network['options'] {
  return {
    'com.docker.network.bridge.default_bridge': 'true',
    'com.docker.network.bridge.enable_icc': String(icc),
    'com.docker.network.bridge.enable_ip_masquerade': String(ipMasq),
    'com.docker.network.bridge.host_binding_ipv4': defaultIp || '0.0.0.0',
    'com.docker.network.bridge.name': device,
    'com.docker.network.driver.mtu': String(mtu ?? 1500),
  };
}
