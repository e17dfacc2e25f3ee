/** After a daemon restart: what living containers have is taken up again, everything else of this instance goes. */
import { step } from '../../core/step.ts';
import { contains } from '../addressing/address.ts';
import type { NetworkContext } from '../context.ts';
import { settleLink } from './connect.ts';
import { putBack } from './heal.ts';
import { namesOf } from './names.ts';
import { redirectPorts } from './ports.ts';
import type { SandboxRecord } from './store.ts';

export function restore(context: NetworkContext, alive: string[]): Promise<void> {
  return step('network.restore', { containers: alive.length }, () => restored(context, new Set(alive)));
}

/** Milliseconds. */
const REMOVE_AFTER = 10_000;

async function restored(context: NetworkContext, alive: Set<string>): Promise<void> {
  for (const record of context.sandboxes.onDisk()) {
    if (alive.has(record.containerId)) takeUp(context, record);
    else context.sandboxes.delete(record.containerId);
  }
  const kept = context.sandboxes.list();
  for (const record of kept) await attempt(context, record, () => settleLink(context, record));
  const left = await context.kernel.sweep({
    paths: kept.map(({ path }) => path),
    links: [...kept.flatMap(({ endpoints }) => endpoints.map(({ link }) => link.host)), ...bridges(context)],
  });
  if (left.paths.length + left.links.length > 0)
    context.logger.info(left, 'collected leftovers of an earlier daemon');
  removeLater(context, left.links);
  await putBack(context, context.networks.list());
  await Promise.all(kept.map((record) => reopen(context, record)));
  await context.firewall.start();
  for (const record of context.sandboxes.list())
    if (record.changing) await attempt(context, record, () => settlePorts(context, record));
}

/** On what the dead daemon had not finished. */
async function settlePorts(context: NetworkContext, record: SandboxRecord): Promise<void> {
  context.logger.warn({ container: record.containerId }, "a change of a container's networks is taken back");
  await redirectPorts(context, [], { ...record, changing: undefined });
}

const bridges = (context: NetworkContext): string[] => context.networks.list().map(({ device }) => device);

/** Addresses are claimed before anything new can take them. */
function takeUp(context: NetworkContext, record: SandboxRecord): void {
  context.sandboxes.put(record);
  for (const endpoint of record.endpoints) {
    const spaces = context.networks.byId(endpoint.networkId)?.spaces ?? [];
    for (const address of [endpoint.ipv4, endpoint.ipv6]) {
      if (address) spaces.find(({ subnet }) => contains(subnet, address))?.claim(address);
    }
  }
}

/** Links whose namespace something still holds; by now the kernel has removed the others. */
function removeLater(context: NetworkContext, links: string[]): void {
  if (links.length === 0) return;
  const remove = () => Promise.all(links.map((link) => context.kernel.removeLink(link)));
  setTimeout(() => {
    remove().catch((error: unknown) =>
      context.logger.warn({ err: error }, 'a link of an earlier daemon stays'),
    );
  }, REMOVE_AFTER).unref();
}

/** The sockets of all containers are gone: opens them again. */
export async function revive(context: NetworkContext): Promise<void> {
  for (const record of context.sandboxes.list()) {
    await context.ports.release(record.mappings);
    await reopen(context, record);
  }
}

function reopen(context: NetworkContext, record: SandboxRecord): Promise<void> {
  return attempt(context, record, async () => {
    const { sockets, ports } = await context.kernel.openResolver(record.path, record.resolver);
    context.sandboxes.put({ ...record, resolver: ports });
    context.traffic.serve(namesOf(record, context.networks), sockets);
    await context.ports.hold(record.mappings);
  });
}

/** One container that cannot be taken up whole keeps what it has; the others must not suffer. */
async function attempt(
  context: NetworkContext,
  record: SandboxRecord,
  operation: () => Promise<void>,
): Promise<void> {
  try {
    await operation();
  } catch (error) {
    context.logger.error({ err: error, container: record.containerId }, 'network is not restored whole');
  }
}
