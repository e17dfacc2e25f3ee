/** The link that a macvlan or ipvlan network lives on: one of the host, a VLAN of one, or one made for the network alone. */
import { release } from 'node:os';
import { errnoOf, forbidden, invalidArgument } from '../../core/errors.ts';
import type { NetworkContext } from '../context.ts';
import type { KernelClient } from '../kernel/calls.ts';
import type { Network } from '../network.ts';

const MOST_VLANS = 4094;

/** Its name; it need not be there yet. Throws in dockerd's words. */
export async function parentOf(
  { instance, networks, kernel }: NetworkContext,
  network: Network,
): Promise<string> {
  const { id, options } = network;
  const { parent = '' } = options;
  if (parent === '') return `${instance}-n${id.slice(0, 5)}`;
  for (const live of networks.list()) if (live.device === parent) refuseSharing(network, live.network);
  if (await kernel.linkExists(parent)) return parent;
  const { under } = vlanOf(parent);
  if (!(await kernel.linkExists(under)))
    throw invalidArgument(`-o parent interface was not found on the host: ${under}`);
  return parent;
}

/** A parent has links of one driver only, and one alone of mode passthru (macvlan.c, ipvlan_main.c). */
function refuseSharing(network: Network, other: Network): void {
  const { parent = '', macvlan_mode: mode } = network.options;
  if (mode === 'passthru')
    throw forbidden(
      `cannot use mode passthru, ${other.driver} network ${other.id} is already using parent interface ${parent}`,
    );
  if (other.options.macvlan_mode === 'passthru')
    throw forbidden(
      `macvlan network ${other.id} is already using parent interface ${parent} in mode passthru`,
    );
  if (other.driver !== network.driver)
    throw forbidden(`network ${other.name} is already using parent interface ${parent}`);
}

/** `eth0.10` is VLAN 10 of eth0. */
export function vlanOf(name: string): { under: string; id: number } {
  const [, under = '', number = ''] = /^(.+)\.(\d+)$/.exec(name) ?? [];
  if (number === '')
    throw invalidArgument(`invalid subinterface vlan name ${name}, example formatting is eth0.10`);
  const id = Number(number);
  if (id < 1 || id > MOST_VLANS)
    throw invalidArgument(`vlan id must be between 1-${MOST_VLANS}, received: ${number}`);
  return { under, id };
}

/** Makes it if it is not there: a VLAN, or where no parent was named a bridge that nothing else is in. */
export async function ensureParent(kernel: KernelClient, network: Network, name: string): Promise<void> {
  if (!(await kernel.linkExists(name))) {
    if (network.options.parent) await createVlan(kernel, name);
    else await kernel.ensureBridge({ name, adopted: false, addresses: [] });
  }
  if (network.driver === 'ipvlan') await ofKernel('ipvlan', 'IPVLAN', () => kernel.tryIpvlan(name));
}

async function createVlan(kernel: KernelClient, name: string): Promise<void> {
  const { under, id } = vlanOf(name);
  await ofKernel('VLAN', 'VLAN_8021Q', () => kernel.createVlan(under, name, id));
}

async function ofKernel(what: string, option: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (errnoOf(error) !== 'ENOTSUP') throw error;
    throw invalidArgument(
      `the kernel of this host, Linux ${release()}, has no ${what} links (CONFIG_${option})`,
      error,
    );
  }
}
