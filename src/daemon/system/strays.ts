/** `skiff fsck` beyond images: what lies in the engine's folders and belongs to nothing, and what lacks its part. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isId, shortId } from '../../core/ids.ts';
import type { CheckReport, Problem } from '../../image/check/report.ts';
import { mountsBelow } from '../../kernel/mount-table.ts';
import type { Engine } from '../engine.ts';

/** What is younger may be somebody's who is still making it. */
const GRACE_MS = 10 * 60_000;

interface Place {
  kind: string;
  directory: string;
  /** The object that a name in the directory stands for; undefined: none, and not looked at. */
  objectOf: (name: string) => string | undefined;
  isKnown: (object: string) => boolean;
  problem: string;
  /** Absent where it may hold somebody's data. */
  remove?: (object: string) => void;
}

export function checkStrays(engine: Engine, repair: boolean): CheckReport {
  const report: CheckReport = { checked: 0, problems: incomplete(engine) };
  for (const place of placesOf(engine)) {
    const names = readdirSync(place.directory).filter((name) => place.objectOf(name) !== undefined);
    report.checked += names.length;
    for (const name of names) {
      const problem = checkName(place, name, repair);
      if (problem) report.problems.push(problem);
    }
  }
  return report;
}

function placesOf({ settings, containers, volumes, networks, tasks }: Engine): Place[] {
  const { dataRoot, execRoot } = settings;
  const idOf = (name: string) => (isId(name) ? name : undefined);
  return [
    {
      kind: 'container',
      directory: join(dataRoot, 'containers'),
      objectOf: idOf,
      isKnown: (id) => containers.find(id) !== undefined,
      problem: 'left over: no container has this folder',
      remove: (id) => containers.discard(id),
    },
    {
      kind: 'volume',
      directory: join(dataRoot, 'volumes'),
      objectOf: (name) => (name.startsWith('.') ? undefined : name),
      isKnown: (name) => volumes.find(name) !== undefined,
      problem: 'its record cannot be read; the data is left alone',
    },
    {
      kind: 'network',
      directory: join(dataRoot, 'networks'),
      objectOf: (name) => idOf(name.replace(/\.json$/, '')),
      isKnown: (id) => networks.list().some((network) => network.id === id),
      problem: 'no network has this record',
    },
    {
      kind: 'bundle',
      directory: join(execRoot, 'bundles'),
      objectOf: idOf,
      isKnown: (id) => containers.find(id) !== undefined || tasks.get(id) !== undefined,
      problem: 'left over: no container runs from it',
    },
  ];
}

function checkName(place: Place, name: string, repair: boolean): Problem | undefined {
  const { kind, directory, objectOf, isKnown, problem, remove } = place;
  const object = objectOf(name) ?? name;
  const path = join(directory, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || Date.now() - stat.mtimeMs < GRACE_MS || isKnown(object)) return undefined;
  const mounted = mountsBelow(path).length > 0;
  const repaired = repair && remove !== undefined && !mounted;
  if (repaired) remove?.(object);
  return {
    kind,
    name: object,
    problem: mounted ? `${problem}; something is mounted in it` : problem,
    repaired,
  };
}

/** Containers that cannot be started any more. */
function incomplete({ containers, images }: Engine): Problem[] {
  return containers.list().flatMap(({ id, imageId }) => {
    const problems = [
      !existsSync(join(containers.directory(id), 'upper')) && 'its own layer is missing',
      !images.find(imageId) && `its image ${shortId(imageId)} is missing`,
    ];
    return problems
      .filter((problem) => problem !== false)
      .map((problem) => ({ kind: 'container', name: id, problem, repaired: false }));
  });
}
