/** Opens the network layer: its worker, its records, the networks that always are. */
import { conflict } from '../core/errors.ts';
import { closeNetworks } from './close.ts';
import type { Networks } from './network.ts';
import { type NetworkOptions, openContext } from './open-context.ts';
import { reach } from './ports/reach.ts';
import { createNetwork } from './record/create.ts';
import { removeNetwork } from './record/remove.ts';
import { connect, disconnect, sandboxOf } from './sandbox/connect.ts';
import { healBridge, healMissing } from './sandbox/heal.ts';
import { join } from './sandbox/join.ts';
import { publishPorts, unpublishPorts } from './sandbox/ports.ts';
import { release } from './sandbox/release.ts';
import { rename } from './sandbox/rename.ts';
import { restore, revive } from './sandbox/restore.ts';

/** The lock of all that makes and removes networks; no container's id. */
const NETWORKS = 'networks';

/** Leftovers are collected by `restore`, which the daemon calls once, before the first `join`. */
export async function openNetworks(options: NetworkOptions): Promise<Networks> {
  const context = await openContext(options);
  context.traffic.onLost(() => void revive(context));
  context.kernel.on('link', (name) => {
    const gone = context.networks.list().filter(({ device }) => name === '' || device === name);
    for (const { device } of gone) void context.locks.run(NETWORKS, () => healBridge(context, device));
  });
  context.kernel.on('up', () => {
    context.firewall.check();
    context.locks
      .run(NETWORKS, () => healMissing(context))
      .catch((error) => {
        context.logger.warn({ err: error }, 'bridges that were taken away meanwhile could not be looked for');
      });
  });
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
    attend: () => context.start(),
    close: (how) => {
      closing ??= closeNetworks(context, how?.keep ?? true);
      return closing;
    },
  };
}
