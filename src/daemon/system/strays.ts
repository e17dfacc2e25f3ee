/** `skiff fsck` beyond images: what lies in the engine's folders and belongs to nothing, and what lacks its part. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isId, shortId } from '../../core/ids.ts';
import type { CheckReport, Problem } from '../../image/check/report.ts';
import { mountsBelow } from '../../kernel/mount-table.ts';
import { removeSharedMemory } from '../container/shared-memory.ts';
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
  remove?: (object: string) => void | Promise<void>;
  /** What is mounted there belongs to it. */
  isMount?: boolean;
}

export async function checkStrays(engine: Engine, repair: boolean): Promise<CheckReport> {
  const report: CheckReport = { checked: 0, problems: incomplete(engine) };
  for (const place of placesOf(engine)) {
    const names = namesIn(place.directory).filter((name) => place.objectOf(name) !== undefined);
    report.checked += names.length;
    for (const name of names) {
      const problem = await checkName(place, name, repair);
      if (problem) report.problems.push(problem);
    }
  }
  return report;
}

function placesOf(engine: Engine): Place[] {
  const { settings, containers, volumes, networks, tasks } = engine;
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
    {
      kind: 'exit',
      directory: join(execRoot, 'exits'),
      objectOf: idOf,
      isKnown: (id) => containers.find(id) !== undefined || tasks.get(id) !== undefined,
      problem: 'left over: nobody waits for this exit code',
      remove: (id) => rmSync(join(execRoot, 'exits', id), { force: true }),
    },
    {
      kind: 'shared-memory',
      directory: join(execRoot, 'shm'),
      objectOf: idOf,
      isKnown: (id) => containers.find(id) !== undefined,
      problem: 'left over: no container shares it',
      remove: (id) => removeSharedMemory(engine, id),
      isMount: true,
    },
  ];
}

/** Some folders are made when they are first needed. */
function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

async function checkName(place: Place, name: string, repair: boolean): Promise<Problem | undefined> {
  const { kind, directory, objectOf, isKnown, problem, remove, isMount } = place;
  const object = objectOf(name) ?? name;
  const path = join(directory, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || Date.now() - stat.mtimeMs < GRACE_MS || isKnown(object)) return undefined;
  const mounted = !isMount && mountsBelow(path).length > 0;
  const repaired = repair && remove !== undefined && !mounted;
  if (repaired) await remove?.(object);
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
