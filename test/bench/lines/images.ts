/** A large image in and out: loaded from a tarball and saved to one. The floor is tar on the same files. */
import { createReadStream, createWriteStream, existsSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { makeLargeImage } from '../large-image.ts';
import { type Arena, atMost, below, type Line } from '../line.ts';

export const load: Line = {
  name: 'load',
  title: 'load of a 320 MB image of 24k files',
  unit: 's',
  better: 'less',
  rounds: [3, 1],
  warm: false,
  targets: [atMost(1.15, 'floor'), atMost(1, 'docker'), atMost(1, 'podman')],
  async prepare(arena) {
    const { tarball, layer } = await makeLargeImage(arena);
    return [
      { name: 'floor', sample: () => untar(arena, layer) },
      ...arena.engines.map((engine) => ({ name: engine.name, sample: () => loadOnce(engine, tarball) })),
    ];
  },
};

export const save: Line = {
  name: 'save',
  title: 'save of it',
  unit: 's',
  better: 'less',
  rounds: [3, 1],
  warm: false,
  targets: [below(1, 's'), atMost(1, 'docker'), atMost(1, 'podman')],
  async prepare(arena) {
    const { tarball, layer } = await makeLargeImage(arena);
    for (const engine of arena.engines) await loadImage(engine, tarball);
    return [
      { name: 'floor', sample: () => retar(arena, layer) },
      ...arena.engines.map((engine) => ({ name: engine.name, sample: () => saveOnce(arena, engine) })),
    ];
  },
};

async function untar({ floor, work }: Arena, layer: string): Promise<number> {
  const target = `${work}/untar`;
  rmSync(target, { recursive: true, force: true });
  await floor.processes.time({ command: ['mkdir', target] });
  return (await floor.processes.time({ command: ['tar', '-xzf', layer, '-C', target] })) / 1000;
}

/** tar on the files that the floor of `load` unpacked. */
async function retar(arena: Arena, layer: string): Promise<number> {
  const source = `${arena.work}/untar`;
  if (!existsSync(source)) await untar(arena, layer);
  return (
    (await arena.floor.processes.time({
      command: ['tar', '-cf', `${arena.work}/out.tar`, '-C', source, '.'],
    })) / 1000
  );
}

async function loadOnce(engine: Engine, tarball: string): Promise<number> {
  await engine.api.call('DELETE', '/images/large:latest?force=1').catch(() => {});
  return (await time(() => loadImage(engine, tarball))) / 1000;
}

export async function loadImage({ api }: Engine, tarball: string): Promise<void> {
  const response = await api.stream('POST', '/images/load?quiet=1', createReadStream(tarball));
  let said = '';
  for await (const chunk of response) said += chunk;
  if (!/Loaded image/.test(said)) throw new Error(`not loaded: ${said}`);
}

async function saveOnce({ work }: Arena, { api }: Engine): Promise<number> {
  return (
    (await time(async () => {
      const response = await api.stream('GET', '/images/large:latest/get');
      await pipeline(response, createWriteStream(`${work}/saved.tar`));
    })) / 1000
  );
}
