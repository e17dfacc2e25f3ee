/** After a daemon restart: what living containers have is taken up again, everything else of this instance goes. */
import { step } from '../../core/step.ts';
import type { NetworkContext } from '../context.ts';
import { namesOf } from './names.ts';
import type { SandboxRecord } from './store.ts';

export function restore(context: NetworkContext, alive: string[]): Promise<void> {
  return step('network.restore', { containers: alive.length }, () => restored(context, new Set(alive)));
}

async function restored(context: NetworkContext, alive: Set<string>): Promise<void> {
  for (const record of context.sandboxes.onDisk()) {
    if (alive.has(record.containerId)) takeUp(context, record);
    else context.sandboxes.delete(record.containerId);
  }
  const kept = context.sandboxes.list();
  const removed = await context.kernel.sweep({
    paths: kept.map(({ path }) => path),
    links: [...kept.flatMap(({ endpoints }) => endpoints.map(({ link }) => link.host)), ...bridges(context)],
  });
  if (removed.length > 0) context.logger.info({ removed }, 'collected leftovers of an earlier daemon');
  await Promise.all(kept.map((record) => reopen(context, record)));
  await context.firewall.start();
  context.start();
}

const bridges = (context: NetworkContext): string[] => context.networks.list().map(({ device }) => device);

/** Addresses are claimed before anything new can take them. */
function takeUp(context: NetworkContext, record: SandboxRecord): void {
  context.sandboxes.put(record);
  for (const endpoint of record.endpoints) {
    for (const space of context.networks.byId(endpoint.networkId)?.spaces ?? []) {
      const address = space.subnet.family === 4 ? endpoint.ipv4 : endpoint.ipv6;
      if (address) space.claim(address);
    }
  }
}

/** One container that cannot be taken up whole keeps what it has; the others must not suffer. */
async function reopen(context: NetworkContext, record: SandboxRecord): Promise<void> {
  try {
    context.traffic.serve(namesOf(record, context.networks), await context.kernel.openResolver(record.path));
    await context.ports.hold(record.mappings);
  } catch (error) {
    context.logger.error({ err: error, container: record.containerId }, 'network is not restored whole');
  }
}
