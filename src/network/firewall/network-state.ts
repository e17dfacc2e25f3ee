/** A bridge as the rules see it. */
import { familyOf } from '../addressing/address.ts';
import type { FirewallNetwork, FirewallSubnet } from '../kernel/calls.ts';
import type { Network } from '../network.ts';
import { flagOption, gatewayMode, sourceAddress, trustedLinks } from '../record/driver-options.ts';
import type { LiveNetwork } from '../record/store.ts';

export const isBridge = ({ network }: LiveNetwork): boolean => network.driver === 'bridge';

export function firewallNetwork({ network, device }: LiveNetwork, unhindered: boolean): FirewallNetwork {
  const { options, internal, ipam } = network;
  return {
    bridge: device,
    subnets: ipam.pools.map(({ subnet }) => firewallSubnet(options, subnet)),
    internal,
    masquerade: flagOption(options, 'com.docker.network.bridge.enable_ip_masquerade', true),
    trusted: trustedLinks(options),
    unhindered,
  };
}

function firewallSubnet(options: Network['options'], subnet: string): FirewallSubnet {
  const family = familyOf(subnet);
  const source = sourceAddress(options, family);
  return { subnet, mode: gatewayMode(options, family), ...(source && { source }) };
}
