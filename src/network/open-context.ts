/** Puts together what the operations of this layer share. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { KeyedLock } from '../core/keyed-lock.ts';
import { type AddressPool, DEFAULT_POOLS } from './addressing/free-subnet.ts';
import type { NetworkContext } from './context.ts';
import { Firewall } from './firewall/firewall.ts';
import { openKernelClient } from './kernel/client.ts';
import { PortTable } from './ports/port-table.ts';
import { type BridgeFlags, ensureDefaultBridge } from './record/default-bridge.ts';
import { ensureDevice } from './record/device.ts';
import { ensurePredefined } from './record/predefined.ts';
import { type LiveNetwork, NetworkStore } from './record/store.ts';
import { withSubnetLock } from './record/subnet-lock.ts';
import { NamespacePool } from './sandbox/pool.ts';
import { SandboxStore } from './sandbox/store.ts';
import { openTraffic } from './traffic/client.ts';

export interface NetworkOptions extends BridgeFlags {
  dataRoot: string;
  execRoot: string;
  /** At most 8 characters of [a-z0-9]: begins the name of every link. */
  instance: string;
  /** Name of the default bridge's link; `<instance>0` if absent; 'none': there is no default bridge. */
  bridge?: string;
  defaultAddressPools?: AddressPool[];
  /** Ready namespaces kept for each network that is used. */
  poolSize?: number;
  /** Published ports are reached from other machines even if the host's own firewall denies. */
  publishOpen?: boolean;
  /** Containers reach beyond this host even if its forward chains let nothing through; true if absent. */
  outgoing?: boolean;
  /** Connections that the kernel does not translate are passed on by this process; true if absent. */
  userlandProxy?: boolean;
  /** Make a router of this host; true if absent. */
  ipForward?: boolean;
  /** Names the host's resolvers. */
  resolvConf?: string;
  logger: Logger;
}

const POOL_SIZE = 4;

/** Reads the records, makes the bridges. */
export async function openContext(options: NetworkOptions): Promise<NetworkContext> {
  const { dataRoot, execRoot, instance, logger } = options;
  const netnsDirectory = join(execRoot, 'netns');
  const kernel = openKernelClient({ instance, netnsDirectory }, logger);
  const traffic = openTraffic({ resolvConf: options.resolvConf ?? '/etc/resolv.conf' }, logger);
  const networks = new NetworkStore(join(dataRoot, 'networks'));
  const sandboxes = new SandboxStore(join(execRoot, 'network'));
  // Their namespaces will have to be entered.
  if (sandboxes.areOnDisk()) kernel.begin();
  const addressPools = options.defaultAddressPools ?? DEFAULT_POOLS;
  const device = options.bridge ?? `${instance}0`;
  const forwards = options.ipForward ?? true;
  if (forwards) await kernel.enableForwarding(4);
  await withSubnetLock(kernel, async () => {
    ensurePredefined(networks);
    const flags = { device, pools: addressPools, isOurs: !options.bridge };
    await ensureDefaultBridge(networks, kernel, { ...options, ...flags });
    for (const live of networks.list()) await ensureDeviceOrLog({ kernel, forwards, logger }, live);
  });
  const size = options.poolSize ?? POOL_SIZE;
  const context: NetworkContext = {
    instance,
    netnsDirectory,
    addressPools,
    forwards,
    kernel,
    networks,
    sandboxes,
    pool: new NamespacePool({ instance, netnsDirectory, size, kernel, networks, logger }),
    ports: new PortTable(kernel, traffic, options.userlandProxy ?? true),
    firewall: new Firewall({
      kernel,
      networks,
      sandboxes,
      publishOpen: options.publishOpen ?? false,
      outgoing: options.outgoing ?? true,
      logger,
    }),
    traffic,
    locks: new KeyedLock(),
    logger,
    start: () => {
      kernel.begin();
      const bridge = networks.list().find(({ network }) => network.name === 'bridge');
      if (bridge) context.pool.fill(bridge.network.id);
    },
  };
  return context;
}

/** One network that cannot be made must not keep the engine down. */
async function ensureDeviceOrLog(
  context: Pick<NetworkContext, 'kernel' | 'forwards' | 'logger'>,
  live: LiveNetwork,
): Promise<void> {
  try {
    await ensureDevice(context, live);
  } catch (error) {
    context.logger.error(
      { err: error, network: live.network.name },
      'the link of a network could not be made',
    );
  }
}
