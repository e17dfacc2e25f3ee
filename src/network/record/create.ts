/** `docker network create`: record, bridge, firewall; all or nothing. */
import { conflict, forbidden, invalidArgument } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { withUndo } from '../../core/undo.ts';
import { parseSubnet } from '../addressing/address.ts';
import type { NetworkContext } from '../context.ts';
import type { Network, NetworkRequest } from '../network.ts';
import { configurationOf, withConfiguration } from './config-network.ts';
import { ensureDevice, removeDevice } from './device.ts';
import { BRIDGE_NAME } from './driver-options.ts';
import { parentOf } from './parent.ts';
import { completed } from './request.ts';
import { withSubnetLock } from './subnet-lock.ts';

export const PREDEFINED = ['bridge', 'host', 'none', 'default'];
/** IFNAMSIZ less the closing NUL. */
const LINK_NAME = /^[^/\s:]{1,15}$/;

/** Throws `conflict` for a name that is taken, `forbidden` for a subnet that is. */
export function createNetwork(context: NetworkContext, request: NetworkRequest): Promise<Network> {
  return step('network.create', { name: request.name }, () =>
    withSubnetLock(context.kernel, () => created(context, request)),
  );
}

async function created(context: NetworkContext, asked: NetworkRequest): Promise<Network> {
  const { networks, kernel } = context;
  const request = withConfiguration(networks, asked);
  if (PREDEFINED.includes(request.name))
    throw forbidden(`operation is not permitted on predefined ${request.name} network `);
  if (networks.list().some(({ network }) => network.name === request.name))
    throw conflict(`network with name ${request.name} already exists`);
  if (request.configOnly) return networks.put(configurationOf(request), '').network;
  const network = completed(request, {
    pools: context.addressPools,
    ours: networks.list().flatMap(({ spaces }) => spaces.map(({ subnet }) => subnet)),
    host: (await kernel.usedSubnets('')).map(parseSubnet),
  });
  const device = await deviceOf(context, network);
  return withUndo(async (undo) => {
    const shared = networks.list().find((other) => other.device === device);
    const adopted = shared ? shared.adopted : await kernel.linkExists(device);
    undo.push(() => context.firewall.replace());
    const live = networks.put(network, device, adopted);
    undo.push(() => removeDevice(context, live));
    undo.push(() => networks.delete(network.id));
    await ensureDevice(context, live);
    await context.firewall.replace();
    return network;
  });
}

/** The bridge's name, which nobody else may have; of a macvlan or ipvlan the parent. */
async function deviceOf(context: NetworkContext, network: Network): Promise<string> {
  if (network.driver !== 'bridge') return parentOf(context, network);
  const { instance, networks } = context;
  const name = network.options[BRIDGE_NAME] || `${instance}-n${network.id.slice(0, 5)}`;
  if (!LINK_NAME.test(name) || name === '.' || name === '..')
    throw invalidArgument(`invalid bridge name ${JSON.stringify(name)}`);
  const other = networks.list().find((live) => live.device === name);
  if (other)
    throw forbidden(`conflicts with network ${other.network.id} (${name}): networks have same bridge name`);
  return name;
}
