/** Opens the network layer: its worker, its records, the networks that always are. */
import { join as joinPath } from 'node:path';
import type { Logger } from 'pino';
import { conflict } from '../core/errors.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import { type AddressPool, DEFAULT_POOLS } from './addressing/free-subnet.ts';
import { closeNetworks } from './close.ts';
import type { NetworkContext } from './context.ts';
import { Firewall } from './firewall/firewall.ts';
import { startKernelWorker } from './kernel/client.ts';
import type { Networks } from './network.ts';
import { PortTable } from './ports/port-table.ts';
import { reach } from './ports/reach.ts';
import { createNetwork } from './record/create.ts';
import { ensureDevice } from './record/device.ts';
import { ensurePredefined } from './record/predefined.ts';
import { removeNetwork } from './record/remove.ts';
import { NetworkStore } from './record/store.ts';
import { connect, disconnect, sandboxOf } from './sandbox/connect.ts';
import { join } from './sandbox/join.ts';
import { NamespacePool } from './sandbox/pool.ts';
import { publishPorts, unpublishPorts } from './sandbox/ports.ts';
import { release } from './sandbox/release.ts';
import { rename } from './sandbox/rename.ts';
import { restore } from './sandbox/restore.ts';
import { SandboxStore } from './sandbox/store.ts';
import { openTraffic } from './traffic/client.ts';

export interface NetworkOptions {
  dataRoot: string;
  execRoot: string;
  /** At most 8 characters of [a-z0-9]: begins the name of every link. */
  instance: string;
  /** Name of the default bridge's link; `<instance>0` if absent; 'none': there is no default bridge. */
  bridge?: string;
  /** Address and prefix of the default bridge; from the pools if absent. */
  bip?: string;
  mtu?: number;
  defaultAddressPools?: AddressPool[];
  /** Ready namespaces kept for each network that is used. */
  poolSize?: number;
  /** Published ports are reached from other machines even if the host's own firewall denies. */
  publishOpen?: boolean;
  /** Names the host's resolvers. */
  resolvConf?: string;
  logger: Logger;
}

const POOL_SIZE = 4;
/** The lock of all that makes and removes networks; no container's id. */
const NETWORKS = 'networks';

/** Leftovers are collected by `restore`, which the daemon calls once, before the first `join`. */
export async function openNetworks(options: NetworkOptions): Promise<Networks> {
  const context = await openContext(options);
  let closing: Promise<void> | undefined;
  return {
    get: (reference) => context.networks.find(reference).network,
    list: () => context.networks.list().map(({ network }) => network),
    usage: (reference) => {
      const { network, spaces } = context.networks.find(reference);
      return spaces.map((space) => space.usage(context.pool.stockOf(network.id)));
    },
    create: (request) => context.locks.run(NETWORKS, () => createNetwork(context, request)),
    remove: (reference) => context.locks.run(NETWORKS, () => removeNetwork(context, reference)),
    join: (request) =>
      context.locks.run(request.containerId, async () => {
        if (context.sandboxes.get(request.containerId))
          throw conflict(`container ${request.containerId} has a network sandbox already`);
        return join(context, request);
      }),
    connect: (containerId, endpoint) =>
      context.locks.run(containerId, () => connect(context, containerId, endpoint)),
    disconnect: (containerId, networkId) =>
      context.locks.run(containerId, () => disconnect(context, containerId, networkId)),
    reach: () => reach(context),
    publish: (containerId, ports) =>
      context.locks.run(containerId, async () =>
        publishPorts(context, sandboxOf(context, containerId), ports),
      ),
    unpublish: (containerId, ports) =>
      context.locks.run(containerId, async () =>
        unpublishPorts(context, sandboxOf(context, containerId), ports),
      ),
    rename: (containerId, name) => context.locks.run(containerId, () => rename(context, containerId, name)),
    sandbox: (containerId) => context.sandboxes.get(containerId),
    endpointsOf: (networkId) =>
      context.sandboxes
        .list()
        .flatMap(({ containerId, name, endpoints }) =>
          endpoints
            .filter((endpoint) => endpoint.networkId === networkId)
            .map((endpoint) => ({ containerId, name, endpoint })),
        ),
    release: (containerId) => context.locks.run(containerId, () => release(context, containerId)),
    restore: (alive) => restore(context, alive),
    close: (how) => {
      closing ??= closeNetworks(context, how?.keep ?? true);
      return closing;
    },
  };
}

async function openContext(options: NetworkOptions): Promise<NetworkContext> {
  const { dataRoot, execRoot, instance, logger } = options;
  const netnsDirectory = joinPath(execRoot, 'netns');
  const kernel = startKernelWorker({ instance, netnsDirectory });
  const traffic = openTraffic({ resolvConf: options.resolvConf ?? '/etc/resolv.conf' }, logger);
  const networks = new NetworkStore(joinPath(dataRoot, 'networks'));
  const sandboxes = new SandboxStore(joinPath(execRoot, 'network'));
  const addressPools = options.defaultAddressPools ?? DEFAULT_POOLS;
  const device = options.bridge ?? `${instance}0`;
  await ensurePredefined(networks, kernel, {
    device,
    bip: options.bip,
    mtu: options.mtu,
    pools: addressPools,
    isOurs: options.bridge === undefined,
  });
  await kernel.enableForwarding(4);
  for (const live of networks.list()) await ensureDevice(kernel, live);
  const size = options.poolSize ?? POOL_SIZE;
  const context: NetworkContext = {
    instance,
    netnsDirectory,
    addressPools,
    kernel,
    networks,
    sandboxes,
    pool: new NamespacePool({ instance, netnsDirectory, size, kernel, networks, logger }),
    ports: new PortTable(kernel, traffic),
    firewall: new Firewall({
      kernel,
      networks,
      sandboxes,
      publishOpen: options.publishOpen ?? false,
      logger,
    }),
    traffic,
    locks: new KeyedLock(),
    logger,
    start: () => {
      const bridge = networks.list().find(({ network }) => network.name === 'bridge');
      if (bridge) context.pool.fill(bridge.network.id);
    },
  };
  return context;
}
