/** `docker commit`: a container's own layer on top of its image's becomes an image. */
import type { ContainerConfig } from '../../api/container.ts';
import type { Image } from '../../image/image.ts';
import type { ImageConfig, ImageRunConfig } from '../../image/oci.ts';
import { hostPlatform } from '../../image/platform.ts';
import type { Container } from '../container/container.ts';
import { publish } from '../container/events.ts';
import { initLayerIn } from '../container/files/changes.ts';
import { withImageDefaults } from '../container/image-defaults.ts';
import { unlessRemoved } from '../container/lock.ts';
import { whilePaused } from '../container/pause.ts';
import { asList } from '../container/spec/process.ts';
import type { Engine } from '../engine.ts';
import { applyChanges } from './changes.ts';
import { publishImage } from './events.ts';

export interface CommitRequest {
  /** Familiar name, or '' for none. */
  name: string;
  comment: string;
  author: string;
  /** Stop the container's processes while its files are read. */
  pause: boolean;
  changes: string[];
  /** Overrides of the container's config. */
  config: ContainerConfig;
}

export async function commitContainer(
  engine: Engine,
  container: Container,
  request: CommitRequest,
): Promise<Image> {
  const base = engine.images.find(container.imageId);
  const config = imageConfig(container, base, request);
  const commit = async () => {
    const image = await unlessRemoved(engine, container, () =>
      commitLayer(engine, container, base, config, request.name),
    );
    if (request.name !== '') publishImage(engine, 'tag', image, request.name);
    const attributes = { comment: request.comment, imageID: image.id, imageRef: request.name };
    publish(engine, container, 'commit', attributes);
    return image;
  };
  const pause = request.pause && container.state.status === 'running';
  return pause ? whilePaused(engine, container, commit) : commit();
}

async function commitLayer(
  engine: Engine,
  container: Container,
  base: Image | undefined,
  config: Omit<ImageConfig, 'rootfs'>,
  name: string,
): Promise<Image> {
  const { images, containers } = engine;
  const leaveOut = await initLayerIn(engine, container);
  const below = base?.config.rootfs.diff_ids ?? [];
  const layer = await images.addLayer({
    directory: containers.directory(container.id),
    below,
    take: false,
    leaveOut,
  });
  try {
    const inherited = base ? images.layersOf(base) : [];
    const names = name === '' ? [] : [name];
    const image = layer.isEmpty
      ? { config: withoutLayer(config), layers: inherited }
      : { config, layers: [...inherited, layer] };
    return images.create({ ...image, names, parent: base?.id });
  } finally {
    layer.release();
  }
}

/** The step is in the history, and says that it has no layer. */
function withoutLayer(config: Omit<ImageConfig, 'rootfs'>): Omit<ImageConfig, 'rootfs'> {
  const history = config.history ?? [];
  return {
    ...config,
    history: history.map((step, at) => (at === history.length - 1 ? { ...step, empty_layer: true } : step)),
  };
}

function imageConfig(
  container: Container,
  base: Image | undefined,
  { config, changes, author, comment }: CommitRequest,
): Omit<ImageConfig, 'rootfs'> {
  const created = new Date().toISOString();
  const merged = withImageDefaults(config, runConfig(container.config));
  const step = {
    created,
    author: author || undefined,
    comment,
    created_by: asList(container.config.Cmd).join(' '),
  };
  return {
    ...(base ? platformOf(base.config) : hostPlatform()),
    created,
    author: author || undefined,
    config: applyChanges(runConfig(merged), changes),
    history: [...(base?.config.history ?? []), step],
  };
}

function platformOf({ architecture, os, variant }: ImageConfig) {
  return { architecture, os, variant };
}

/** What an image can say of containers; the rest of a container's config is about that one alone. */
function runConfig(config: ContainerConfig): ImageRunConfig {
  const { User, Env, WorkingDir, Labels, StopSignal, StopTimeout, Shell, OnBuild, Healthcheck } = config;
  const given = {
    User,
    Env,
    WorkingDir,
    Labels,
    StopSignal,
    StopTimeout,
    Shell,
    OnBuild,
    Healthcheck,
    Cmd: config.Cmd && asList(config.Cmd),
    Entrypoint: config.Entrypoint && asList(config.Entrypoint),
    ExposedPorts: Object.keys(config.ExposedPorts ?? {}).length > 0 ? config.ExposedPorts : undefined,
    Volumes: config.Volumes,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)) as ImageRunConfig;
}
