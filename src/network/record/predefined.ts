/** The networks that every engine has besides `bridge`: host and none. Their ids are kept, as dockerd keeps them. */
import { nowNano } from '../../core/events.ts';
import { newId } from '../../core/ids.ts';
import { timestamp } from '../../core/time.ts';
import { addressNumber, numberText, parseSubnet } from '../addressing/address.ts';
import type { IpamPool, Network } from '../network.ts';
import type { NetworkStore } from './store.ts';

export function ensurePredefined(store: NetworkStore): void {
  ensureNamed(store, 'host', 'host');
  ensureNamed(store, 'none', 'null');
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
