/** The large image to a registry on the same machine and back: one registry for each engine, in its network. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { unpacked } from '../../harness/debian.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { time } from '../container.ts';
import type { Engine } from '../engine.ts';
import { makeLargeImage } from '../large-image.ts';
import { type Arena, atMost, type Contender, type Line } from '../line.ts';
import { loadImage } from './images.ts';

const NAME = '127.0.0.1:5000/large';
const REMOTE = `${NAME}:latest`;

export const push: Line = {
  name: 'push',
  title: 'push of the image to a local registry',
  unit: 's',
  better: 'less',
  rounds: [2, 1],
  warm: false,
  targets: [atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => withRegistries(arena, pushOnce),
};

export const pull: Line = {
  name: 'pull',
  title: 'pull of it',
  unit: 's',
  better: 'less',
  rounds: [2, 1],
  warm: false,
  targets: [atMost(1, 'docker'), atMost(1, 'podman')],
  prepare: (arena) => withRegistries(arena, pullOnce, pushOnce),
};

type Act = (engine: Engine, registry: Registry) => Promise<number>;

async function withRegistries(arena: Arena, sample: Act, first?: Act): Promise<Contender[]> {
  const { tarball } = await makeLargeImage(arena);
  const contenders: Contender[] = [];
  for (const engine of arena.engines) {
    const registry = await openRegistry(arena, engine);
    await loadImage(engine, tarball);
    await engine.api.call('POST', `/images/large:latest/tag?repo=${NAME}&tag=latest`);
    await first?.(engine, registry);
    contenders.push({ name: engine.name, sample: () => sample(engine, registry), close: registry.close });
  }
  return contenders;
}

interface Registry {
  empty(): Promise<void>;
  close(): Promise<void>;
}

async function pushOnce({ api }: Engine, registry: Registry): Promise<number> {
  await registry.empty();
  return seconds(async () => {
    const said = await text(
      await api.stream('POST', `/images/${NAME}/push?tag=latest`, undefined, NO_CREDENTIALS),
    );
    if (/"error(Detail)?":/.test(said)) throw new Error(said.slice(-500));
  });
}

async function pullOnce({ api }: Engine): Promise<number> {
  for (const name of ['large:latest', REMOTE])
    await api.call('DELETE', `/images/${name}?force=1`).catch(() => {});
  return seconds(async () => {
    const query = `fromImage=${encodeURIComponent(NAME)}&tag=latest`;
    const said = await text(await api.stream('POST', `/images/create?${query}`, undefined, NO_CREDENTIALS));
    if (/"error(Detail)?":/.test(said)) throw new Error(said.slice(-500));
  });
}

/** Docker insists on the header; an empty document says that there are none. */
const NO_CREDENTIALS = { 'x-registry-auth': Buffer.from('{}').toString('base64') };

const seconds = async (task: () => Promise<void>) => (await time(task)) / 1000;

async function openRegistry({ floor: { processes }, work }: Arena, engine: Engine): Promise<Registry> {
  const program = join(await unpacked('docker-registry'), 'usr/bin/docker-registry');
  const folder = join(work, `registry-${engine.name}`);
  const configuration = `${folder}.yml`;
  writeFileSync(configuration, configurationOf(folder));
  const start = async () => {
    mkdirSync(folder, { recursive: true });
    const child = processes.background(
      { command: engine.inNetwork([program, 'serve', configuration]) },
      `${folder}.log`,
    );
    const ask = { command: engine.inNetwork([process.execPath, '-e', PROBE]) };
    await waitUntil('the registry answers', () => processes.time(ask).then(Boolean, () => false));
    return child;
  };
  let child = await start();
  const close = async () => {
    child.kill();
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    close,
    async empty() {
      await close();
      child = await start();
    },
  };
}

const PROBE =
  "fetch('http://127.0.0.1:5000/v2/').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))";

const configurationOf = (folder: string) => `
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${folder} }, delete: { enabled: true } }
http: { addr: "127.0.0.1:5000" }
`;
