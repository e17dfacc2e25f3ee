/** The link on the host that a network lives on. */
import { createHash } from 'node:crypto';
import type { AddressSpace } from '../addressing/address-space.ts';
import type { NetworkContext } from '../context.ts';
import type { Network } from '../network.ts';
import { flagOption, gatewayMode, INHIBIT_IPV4, mtuOption } from './driver-options.ts';
import { ensureParent } from './parent.ts';
import type { LiveNetwork } from './store.ts';

/** Makes the bridge of a network, or completes it: after a reboot, or when somebody took a part away. */
export async function ensureDevice(
  { kernel, forwards }: Pick<NetworkContext, 'kernel' | 'forwards'>,
  { network, device, adopted, spaces }: LiveNetwork,
): Promise<void> {
  if (network.driver === 'macvlan' || network.driver === 'ipvlan')
    return ensureParent(kernel, network, device);
  if (network.driver !== 'bridge') return;
  if (network.ipv6 && forwards) await kernel.enableForwarding(6);
  const mtu = mtuOption(network.options);
  await kernel.ensureBridge({
    name: device,
    mac: macFor(network.id),
    ...(mtu && { mtu }),
    adopted,
    addresses: spaces.flatMap((space) => ownAddress(network, space)),
  });
}

/** This host's address in the subnet, if it is to have one. */
function ownAddress({ options }: Network, { gateway, subnet }: AddressSpace): string[] {
  const isInhibited = subnet.family === 4 && flagOption(options, INHIBIT_IPV4, false);
  const isThere = gateway !== '' && !isInhibited && gatewayMode(options, subnet.family) !== 'isolated';
  return isThere ? [`${gateway}/${subnet.prefix}`] : [];
}

/** Locally administered, and the same after a reboot. */
function macFor(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `02:42:${hex.replaceAll(/(..)(?=.)/g, '$1:')}`;
}

/** Of a network that is gone. What was there before it stays, and what others use too. Idempotent. */
export async function removeDevice(
  { kernel, networks }: Pick<NetworkContext, 'kernel' | 'networks'>,
  { device, adopted }: LiveNetwork,
): Promise<void> {
  const isShared = networks.list().some((other) => other.device === device);
  if (device !== '' && !adopted && !isShared) await kernel.removeLink(device);
}
