/** Opens all that takes part, and takes all of it away again. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtinImage } from '../harness/builtin-image.ts';
import { cache } from '../harness/paths.ts';
import { findProgram } from '../harness/requires.ts';
import type { Engine, EngineName } from './engine.ts';
import { openDocker } from './engines/docker.ts';
import { openPodman } from './engines/podman.ts';
import { openSkiff } from './engines/skiff.ts';
import { openFloor } from './floor.ts';
import type { Arena } from './line.ts';
import { Processes } from './process.ts';

export interface ArenaOptions {
  engines: EngineName[];
  quick: boolean;
  stop: AbortSignal;
  progress(text: string): void;
  note(text: string): void;
}

export async function withArena(
  options: ArenaOptions,
  visit: (arena: Arena) => Promise<void>,
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  const run = mkdtempSync('/run/skiff-bench-');
  const processes = new Processes();
  const engines: Engine[] = [];
  try {
    const image = await builtinImage();
    for (const name of options.engines) {
      options.progress(`starting ${name}`);
      engines.push(await opener[name](processes, { root: join(work, name), run: join(run, name), image }));
    }
    const rootfs = await rootfsTar(processes, work, image);
    const docker = engines.find(({ name }) => name === 'docker');
    const floor = await openFloor(processes, work, rootfs, docker, join(cache, 'floor'));
    try {
      await visit({ ...options, engines, floor, work });
    } finally {
      floor.close();
    }
  } finally {
    for (const engine of engines) await engine.close();
    processes.close();
    rmSync(work, { recursive: true, force: true });
    rmSync(run, { recursive: true, force: true });
  }
}

/** The engines that this machine can run: Docker is fetched, Podman is only used where it is installed. */
export function engineNames(): EngineName[] {
  return findProgram('podman') ? ['skiff', 'docker', 'podman'] : ['skiff', 'docker'];
}

const opener = { skiff: openSkiff, docker: openDocker, podman: openPodman };

/** The one layer of the built-in image. */
async function rootfsTar(processes: Processes, work: string, image: string): Promise<string> {
  const folder = join(work, 'image');
  mkdirSync(folder);
  await processes.time({ command: ['tar', '-xf', image, '-C', folder] });
  const layer = (await processes.output({ command: ['tar', '-tf', image] }))
    .split('\n')
    .find((name) => /layer\.tar$/.test(name));
  if (!layer) throw new Error(`${image} has no layer`);
  return join(folder, layer);
}
