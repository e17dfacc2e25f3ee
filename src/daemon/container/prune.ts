/** `docker container prune`: what has stopped, unless the filters spare it. */
import { type Filters, matchesLabels } from '../../api/query.ts';
import { invalidArgument, isKind } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { hasStopped } from './filter.ts';
import { removeContainer } from './remove.ts';
import { containerSize } from './size.ts';
import { parseTime } from './time.ts';

export const PRUNE_FILTERS = ['label', 'label!', 'until'];

export interface Pruned {
  ids: string[];
  /** Bytes. */
  reclaimed: number;
}

/** With `dryRun` nothing is touched: the answer says what would go. */
export async function pruneContainers(engine: Engine, filters: Filters, dryRun: boolean): Promise<Pruned> {
  const pruned: Pruned = { ids: [], reclaimed: 0 };
  for (const container of engine.containers.list().filter(pruneFilter(filters))) {
    const { SizeRw = 0 } = await containerSize(engine, container);
    if (!dryRun && !(await removeIfStopped(engine, container))) continue;
    pruned.ids.push(container.id);
    pruned.reclaimed += SizeRw;
  }
  if (!dryRun) engine.events.publish('container', 'prune', '', { reclaimed: String(pruned.reclaimed) });
  return pruned;
}

/** Somebody may have started or removed it since the list was made. */
async function removeIfStopped(engine: Engine, container: Container): Promise<boolean> {
  try {
    await removeContainer(engine, container, { force: false, volumes: false });
    return true;
  } catch (error) {
    if (isKind(error, 'conflict') || isKind(error, 'not-found')) return false;
    throw error;
  }
}

function pruneFilter(filters: Filters): (container: Container) => boolean {
  const until = filters.get('until');
  if (until && until.length > 1) throw invalidArgument('more than one until filter specified');
  const limit = until?.[0] === undefined ? Number.POSITIVE_INFINITY : parseTime(until[0]) / 1e6;
  const wanted = filters.get('label') ?? [];
  const spared = filters.get('label!') ?? [];
  return (container) => {
    const labels = container.config.Labels ?? {};
    return (
      hasStopped(container) &&
      Date.parse(container.created) < limit &&
      matchesLabels(labels, wanted) &&
      !spared.some((label) => matchesLabels(labels, [label]))
    );
  };
}
