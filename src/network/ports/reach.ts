/** `skiff ports`: who can reach what is published. */
import type { NetworkContext } from '../context.ts';
import type { ForeignChain, PortMapping } from '../kernel/calls.ts';
import type { PortReach } from '../network.ts';
import { publishedPorts } from '../sandbox/ports.ts';

const FAMILY: Record<number, string> = { 1: 'inet', 2: 'ip', 10: 'ip6' };

export function reach(context: NetworkContext): PortReach[] {
  return context.sandboxes.list().flatMap(({ containerId, name, mappings }) =>
    publishedPorts(mappings).map((port, index) => ({
      ...port,
      containerId,
      name,
      ...reachOf(context, mappings[index]),
    })),
  );
}

function reachOf(
  context: NetworkContext,
  mapping: PortMapping | undefined,
): Pick<PortReach, 'reach' | 'chains'> {
  if (!mapping || isLoopback(mapping.hostIp)) return { reach: 'host', chains: [] };
  const chains = context.firewall.judges(mapping).map(chainName);
  return { reach: chains.length === 0 ? 'everyone' : 'firewall', chains };
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

const chainName = ({ family, table, chain }: ForeignChain): string =>
  `${FAMILY[family] ?? family} ${table} ${chain}`;
