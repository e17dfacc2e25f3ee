/** The link on the host that a network lives on. */
import { createHash } from 'node:crypto';
import type { NetworkContext } from '../context.ts';
import type { KernelClient } from '../kernel/calls.ts';
import { mtuOption } from './driver-options.ts';
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
    addresses: spaces.map(({ gateway, subnet }) => `${gateway}/${subnet.prefix}`),
  });
}

/** Locally administered, and the same after a reboot. */
function macFor(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `02:42:${hex.replaceAll(/(..)(?=.)/g, '$1:')}`;
}

/** What was there before the network stays when it goes. Idempotent. */
export async function removeDevice(kernel: KernelClient, { device, adopted }: LiveNetwork): Promise<void> {
  if (device !== '' && !adopted) await kernel.removeLink(device);
}
