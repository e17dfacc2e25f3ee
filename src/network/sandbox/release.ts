/** Takes a container's network back: ports first, then the record, last the namespace, which takes its links along. */
import { step } from '../../core/step.ts';
import type { NetworkContext } from '../context.ts';
import { freeEndpoint } from './endpoint.ts';
import type { SandboxRecord } from './store.ts';

/** Idempotent. */
export async function release(context: NetworkContext, containerId: string): Promise<void> {
  const record = context.sandboxes.get(containerId);
  if (!record) return;
  await step('network.release', { container: containerId }, () => releaseRecord(context, record));
}

async function releaseRecord(context: NetworkContext, record: SandboxRecord): Promise<void> {
  context.sandboxes.delete(record.containerId);
  await context.firewall.unpublish(record.mappings);
  await context.ports.release(record.mappings);
  context.traffic.forget(record.containerId);
  await context.firewall.followLinks();
  await context.kernel.dropNamespaces([record.path]);
  for (const endpoint of record.endpoints) freeEndpoint(context.networks.byId(endpoint.networkId), endpoint);
}
