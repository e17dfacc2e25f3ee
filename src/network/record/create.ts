/** `docker network create`: record, bridge, firewall; all or nothing. */
import { conflict, forbidden, invalidArgument } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { withUndo } from '../../core/undo.ts';
import { parseSubnet } from '../addressing/address.ts';
import type { NetworkContext } from '../context.ts';
import type { Network, NetworkRequest } from '../network.ts';
import { ensureDevice, removeDevice } from './device.ts';
import { completed } from './request.ts';
import { withSubnetLock } from './subnet-lock.ts';

export const PREDEFINED = ['bridge', 'host', 'none', 'default'];
const BRIDGE_NAME = 'com.docker.network.bridge.name';
/** IFNAMSIZ less the closing NUL. */
const LINK_NAME = /^[^/\s:]{1,15}$/;

/** Throws `conflict` for a name that is taken, `forbidden` for a subnet that is. */
export function createNetwork(context: NetworkContext, request: NetworkRequest): Promise<Network> {
  return step('network.create', { name: request.name }, () =>
    withSubnetLock(context.kernel, () => created(context, request)),
  );
}

async function created(context: NetworkContext, request: NetworkRequest): Promise<Network> {
  const { networks, kernel } = context;
  if (PREDEFINED.includes(request.name))
    throw forbidden(`operation is not permitted on predefined ${request.name} network `);
  if (networks.list().some(({ network }) => network.name === request.name))
    throw conflict(`network with name ${request.name} already exists`);
  const network = completed(request, {
    pools: context.addressPools,
    ours: networks.list().flatMap(({ spaces }) => spaces.map(({ subnet }) => subnet)),
    host: (await kernel.usedSubnets('')).map(parseSubnet),
  });
  const device = await deviceOf(context, network);
  return withUndo(async (undo) => {
    const adopted = network.driver === 'bridge' && (await kernel.linkExists(device));
    undo.push(() => context.firewall.replace());
    const live = networks.put(network, device, adopted);
    undo.push(() => networks.delete(network.id));
    undo.push(() => removeDevice(kernel, live));
    await ensureDevice(kernel, live);
    await context.firewall.replace();
    return network;
  });
}

/** The bridge's name, which nobody else may have; of a macvlan the parent, which must be there. */
async function deviceOf({ instance, networks, kernel }: NetworkContext, network: Network): Promise<string> {
  if (network.driver === 'macvlan') {
    const { parent = '' } = network.options;
    if (!parent) throw invalidArgument('a macvlan network needs the option parent');
    if (!(await kernel.linkExists(parent))) throw invalidArgument(`parent link ${parent} not found`);
    return parent;
  }
  const name = network.options[BRIDGE_NAME] || `${instance}-n${network.id.slice(0, 5)}`;
  if (!LINK_NAME.test(name) || name === '.' || name === '..')
    throw invalidArgument(`invalid bridge name ${JSON.stringify(name)}`);
  const other = networks.list().find((live) => live.device === name);
  if (other)
    throw forbidden(`conflicts with network ${other.network.id} (${name}): networks have same bridge name`);
  return name;
}
