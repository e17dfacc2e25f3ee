// What all prune commands share: tell what will go, ask, remove, tell what went. An engine that can say
// beforehand what it would remove is asked for that; Docker's cannot.

import type { Engine } from '../connection/engine.ts';
import { ExitError } from '../exit.ts';
import { humanSize } from '../output/size.ts';
import type { World } from '../world.ts';
import { confirm } from './confirm.ts';

/** One kind of object to prune. */
export interface PruneTarget {
  /** '/containers/prune'. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** 'Containers': the heading is 'Deleted Containers:'. */
  readonly noun: string;
  /** The names in the engine's answer. */
  readonly namesIn: (answer: PruneAnswer) => readonly string[];
  /** False where no space is counted (networks). */
  readonly counted?: boolean;
}

export interface PruneAnswer {
  readonly ContainersDeleted?: readonly string[] | null;
  readonly VolumesDeleted?: readonly string[] | null;
  readonly NetworksDeleted?: readonly string[] | null;
  readonly CachesDeleted?: readonly string[] | null;
  readonly ImagesDeleted?: readonly { readonly Untagged?: string; readonly Deleted?: string }[] | null;
  readonly SpaceReclaimed?: number;
}

export interface PruneOptions {
  readonly targets: readonly PruneTarget[];
  /** 'WARNING! This will remove …' */
  readonly warning: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

export async function runPrune(options: PruneOptions, engine: Engine, world: World): Promise<void> {
  const { targets, force, dryRun } = options;
  const forecast = dryRun || !force ? await foresee(engine, targets) : undefined;
  if (dryRun) {
    if (!forecast) throw new ExitError('this engine cannot tell beforehand what it would remove');
    world.stdout.write(report(targets, forecast, 'Would delete', 'Total space that would be reclaimed'));
    return;
  }
  if (!force) {
    const nothing =
      !forecast || targets.every((target, index) => target.namesIn(forecast[index] ?? {}).length === 0);
    const list = nothing ? '' : report(targets, forecast, 'Would delete', 'Space to reclaim');
    if (!(await confirm(`${list}${options.warning}\nAre you sure you want to continue?`, world))) {
      return;
    }
  }
  const answers: PruneAnswer[] = [];
  for (const { path, query } of targets)
    answers.push((await engine.json<PruneAnswer>('POST', path, { query })) ?? {});
  world.stdout.write(report(targets, answers, 'Deleted', 'Total reclaimed space'));
}

/** Only an engine of ours knows `dryRun`; another would take the request for the real thing. */
async function foresee(engine: Engine, targets: readonly PruneTarget[]): Promise<PruneAnswer[] | undefined> {
  const ping = await engine.send('GET', '/_ping');
  ping.close();
  if (!ping.headers.get('server')?.startsWith('Skiff/')) return undefined;
  return Promise.all(
    targets.map(({ path, query }) =>
      engine.json<PruneAnswer>('POST', path, { query: { ...query, dryRun: true } }),
    ),
  );
}

function report(
  targets: readonly PruneTarget[],
  answers: readonly PruneAnswer[],
  verb: string,
  total: string,
): string {
  const blocks = targets.map((target, index) => {
    const names = target.namesIn(answers[index] ?? {});
    return names.length > 0 ? `${verb} ${target.noun}:\n${names.map((name) => `${name}\n`).join('')}\n` : '';
  });
  const counted = targets.some((target) => target.counted !== false);
  const space = answers.reduce((sum, answer) => sum + (answer?.SpaceReclaimed ?? 0), 0);
  return blocks.join('') + (counted ? `${total}: ${humanSize(space)}\n` : '');
}

export const containerPrune = (query: PruneTarget['query']): PruneTarget => ({
  path: '/containers/prune',
  query,
  noun: 'Containers',
  namesIn: (answer) => answer.ContainersDeleted ?? [],
});

export const volumePrune = (query: PruneTarget['query']): PruneTarget => ({
  path: '/volumes/prune',
  query,
  noun: 'Volumes',
  namesIn: (answer) => answer.VolumesDeleted ?? [],
});

export const networkPrune = (query: PruneTarget['query']): PruneTarget => ({
  path: '/networks/prune',
  query,
  noun: 'Networks',
  namesIn: (answer) => answer.NetworksDeleted ?? [],
  counted: false,
});

export const imagePrune = (query: PruneTarget['query']): PruneTarget => ({
  path: '/images/prune',
  query,
  noun: 'Images',
  namesIn: (answer) =>
    (answer.ImagesDeleted ?? []).map((item) =>
      item.Untagged ? `untagged: ${item.Untagged}` : `deleted: ${item.Deleted}`,
    ),
});

export const buildPrune = (query: PruneTarget['query']): PruneTarget => ({
  path: '/build/prune',
  query,
  noun: 'build cache objects',
  namesIn: (answer) => answer.CachesDeleted ?? [],
});
