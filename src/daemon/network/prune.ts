/** `docker network prune`: a person's own networks that no container is in, unless the filters spare them. */
import { type Filters, matchesLabels } from '../../api/query.ts';
import { invalidArgument, isKind } from '../../core/errors.ts';
import type { Network } from '../../network/network.ts';
import { parseTime } from '../container/time.ts';
import type { Engine } from '../engine.ts';
import { isPredefined } from './list.ts';
import { removeNetwork } from './remove.ts';

export const NETWORK_PRUNE_FILTERS = ['label', 'label!', 'until'];

/** Names of those that went; with `dryRun` of those that would. */
export async function pruneNetworks(engine: Engine, filters: Filters, dryRun: boolean): Promise<string[]> {
  const pruned: string[] = [];
  for (const network of unusedNetworks(engine, filters)) {
    if (dryRun || (await removeIfUnused(engine, network))) pruned.push(network.name);
  }
  if (!dryRun) engine.events.publish('network', 'prune', '', { reclaimed: '0' });
  return pruned;
}

function unusedNetworks({ networks }: Engine, filters: Filters): Network[] {
  const until = filters.get('until');
  if (until && until.length > 1) throw invalidArgument('more than one until filter specified');
  const limit = until?.[0] === undefined ? Number.POSITIVE_INFINITY : parseTime(until[0]) / 1e6;
  const spared = filters.get('label!') ?? [];
  return networks
    .list()
    .filter(
      (network) =>
        !isPredefined(network) &&
        !network.configOnly &&
        networks.endpointsOf(network.id).length === 0 &&
        Date.parse(network.created) < limit &&
        matchesLabels(network.labels, filters.get('label') ?? []) &&
        !spared.some((label) => matchesLabels(network.labels, [label])),
    );
}

/** A container may have joined it since the list was made. */
async function removeIfUnused(engine: Engine, { id }: Network): Promise<boolean> {
  try {
    await removeNetwork(engine, id);
    return true;
  } catch (error) {
    if (isKind(error, 'forbidden') || isKind(error, 'not-found')) return false;
    throw error;
  }
}
