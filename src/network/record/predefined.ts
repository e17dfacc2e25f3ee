/** The networks that every engine has: bridge, host and none. Their ids are kept, as dockerd keeps them. */

import { nowNano } from '../../core/events.ts';
import { newId } from '../../core/ids.ts';
import { timestamp } from '../../core/time.ts';
import { addressNumber, numberText, overlap, parseSubnet, subnetText } from '../addressing/address.ts';
import { type AddressPool, freeSubnet } from '../addressing/free-subnet.ts';
import type { KernelClient } from '../kernel/calls.ts';
import type { IpamPool, Network } from '../network.ts';
import type { NetworkStore } from './store.ts';

export interface DefaultBridge {
  /** Name of the link; 'none': there is no default bridge. */
  device: string;
  /** Address of the bridge with prefix, as `--bip` has it; absent: from the pools. */
  bip?: string;
  mtu?: number;
  pools: AddressPool[];
  /** The name is of our making: a link of that name is an earlier daemon's. */
  isOurs: boolean;
}

export async function ensurePredefined(
  store: NetworkStore,
  kernel: KernelClient,
  bridge: DefaultBridge,
): Promise<void> {
  ensureNamed(store, 'host', 'host');
  ensureNamed(store, 'none', 'null');
  const old = store.list().find(({ network }) => network.name === 'bridge');
  if (bridge.device === 'none') {
    if (old) store.delete(old.network.id);
    return;
  }
  const taken = (await kernel.usedSubnets(bridge.device)).map(parseSubnet);
  if (old && isStillGood(old.network, old.device, bridge, taken)) return;
  const others = store.list().filter(({ network }) => network !== old?.network);
  const subnets = others.flatMap(({ spaces }) => spaces.map((space) => space.subnet));
  const pool = bridge.bip
    ? poolOf(bridge.bip)
    : { subnet: subnetText(freeSubnet(bridge.pools, [...taken, ...subnets])) };
  const adopted = old?.device === bridge.device ? old.adopted : await kernel.linkExists(bridge.device);
  const network = { ...(old?.network ?? blank('bridge', 'bridge')), ...bridgeParts(bridge, pool) };
  store.put(network, bridge.device, adopted && !bridge.isOurs);
}

/** The subnet stays what it was, unless the flags or this host's routes (after a move, say) now say otherwise. */
function isStillGood(
  network: Network,
  device: string,
  bridge: DefaultBridge,
  taken: ReturnType<typeof parseSubnet>[],
) {
  const pool = network.ipam.pools[0];
  if (!pool || device !== bridge.device) return false;
  if (bridge.bip) return JSON.stringify(withGateway(poolOf(bridge.bip))) === JSON.stringify(pool);
  return !taken.some((other) => overlap(other, parseSubnet(pool.subnet)));
}

function poolOf(bip: string): IpamPool {
  return { subnet: subnetText(parseSubnet(bip)), gateway: bip.split('/')[0] };
}

function bridgeParts({ device, mtu }: DefaultBridge, pool: IpamPool): Pick<Network, 'ipam' | 'options'> {
  return {
    ipam: { driver: 'default', options: {}, pools: [withGateway(pool)] },
    options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.enable_icc': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': 'true',
      'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
      'com.docker.network.bridge.name': device,
      'com.docker.network.driver.mtu': String(mtu ?? 1500),
    },
  };
}

export function withGateway(pool: IpamPool): IpamPool {
  const { family, base } = parseSubnet(pool.subnet);
  const gateway = pool.gateway ?? numberText(family, base + 1n);
  return { ...pool, gateway: numberText(family, addressNumber(gateway)) };
}

function ensureNamed(store: NetworkStore, name: string, driver: 'host' | 'null'): void {
  if (!store.list().some(({ network }) => network.name === name)) store.put(blank(name, driver), '');
}

export function blank(name: string, driver: Network['driver']): Network {
  return {
    id: newId(),
    name,
    created: timestamp(nowNano()),
    driver,
    internal: false,
    attachable: false,
    ipv4: true,
    ipv6: false,
    ipam: { driver: 'default', options: {}, pools: [] },
    options: {},
    labels: {},
  };
}
