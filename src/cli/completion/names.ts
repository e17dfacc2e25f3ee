// The names of what there is: asked of the engine when a person presses the key.

import { constants } from 'node:os';
import type { ContainerSummary } from '../../api/container.ts';
import type { ImageSummary } from '../../api/image.ts';
import type { NetworkResource } from '../../api/network.ts';
import type { VolumeListResponse } from '../../api/volume.ts';
import { execsOf } from '../commands/container/exec-list.ts';
import type { Config } from '../config.ts';
import type { Engine } from '../connection/engine.ts';
import { listContexts } from '../context-store.ts';
import { files } from './words.ts';

export type Kind = keyof typeof sources | { readonly words: readonly string[] };

export interface Asked {
  /** The container that the line has named already. */
  readonly container: string;
}

interface Reach {
  readonly engine: Engine;
  readonly config: Config;
}

export async function namesOf(kind: Kind, asked: Asked, reach: Reach): Promise<string[]> {
  return typeof kind === 'object' ? [...kind.words] : sources[kind](reach, asked);
}

type Source = (reach: Reach, asked: Asked) => Promise<string[]>;

const containersIn =
  (...states: string[]): Source =>
  async ({ engine }) => {
    const filters = states.length > 0 ? { status: states } : undefined;
    const found = await engine.json<ContainerSummary[]>('GET', '/containers/json', {
      query: { all: true, filters },
    });
    return found.flatMap(({ Names }) => (Names ?? []).map((name) => name.replace(/^\//, '')));
  };

const images: Source = async ({ engine }) => {
  const found = await engine.json<ImageSummary[]>('GET', '/images/json');
  return found.flatMap(({ RepoTags }) =>
    (RepoTags ?? []).flatMap((tag) => [tag, tag.replace(/:latest$/, '')]),
  );
};

const networks: Source = async ({ engine }) =>
  (await engine.json<NetworkResource[]>('GET', '/networks')).map(({ Name }) => Name);

const volumes: Source = async ({ engine }) =>
  ((await engine.json<VolumeListResponse>('GET', '/volumes')).Volumes ?? []).map(({ Name }) => Name);

const together =
  (...all: Source[]): Source =>
  async (reach, asked) =>
    (await Promise.all(all.map((source) => source(reach, asked)))).flat();

const file: Source = async () => [files];

const sources = {
  container: containersIn(),
  'running container': containersIn('running'),
  'paused container': containersIn('paused'),
  'resting container': containersIn('created', 'exited', 'dead'),
  'path in container': together(
    async (reach, asked) => (await containersIn()(reach, asked)).map((name) => `${name}:`),
    file,
  ),
  image: images,
  network: networks,
  volume: volumes,
  'volume or file': together(volumes, file),
  context: async ({ config }) => ['default', ...listContexts(config.directory).map(({ name }) => name)],
  exec: async ({ engine }, { container }) =>
    (await execsOf(engine, container)).map(({ ID }) => ID.slice(0, 12)),
  object: together(containersIn(), images, networks, volumes),
  file,
  shell: async () => ['bash', 'zsh', 'fish'],
  signal: async () => Object.keys(constants.signals).map((name) => name.replace(/^SIG/, '')),
} satisfies Readonly<Record<string, Source>>;
