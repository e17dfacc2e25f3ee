/** `docker ps`. */
import type { ContainerSummary } from '../../api/container.ts';
import type { Filters } from '../../api/query.ts';
import type { Engine } from '../engine.ts';
import { type Container, mountsShown } from './container.ts';
import { asksForStopped, containerFilter } from './filter.ts';
import { linkedNames } from './links.ts';
import { manifestDescriptor } from './manifest-descriptor.ts';
import { endpointSettings, portSummaries } from './network-settings.ts';
import { containerSize } from './size.ts';
import { commandLine } from './spec/process.ts';
import { isUp } from './state.ts';
import { statusText } from './status-text.ts';

export interface ListOptions {
  all: boolean;
  /** At most so many, the newest, whatever their state; 0: no limit. */
  limit: number;
  size: boolean;
  filters: Filters;
}

/** Newest first. */
export async function listContainers(engine: Engine, options: ListOptions): Promise<ContainerSummary[]> {
  const matching = containerFilter(engine, options.filters);
  const every = options.all || options.limit > 0 || asksForStopped(options.filters);
  const shown = engine.containers
    .list()
    .filter(
      (container) =>
        (every || isUp(container.state) || container.state.status === 'restarting') && matching(container),
    )
    .sort((a, b) => (a.created < b.created ? 1 : -1))
    .slice(0, options.limit > 0 ? options.limit : undefined);
  const names = linkedNames(engine);
  return Promise.all(
    shown.map((container) => summarize(engine, container, names.get(container.id) ?? [], options.size)),
  );
}

async function summarize(
  engine: Engine,
  container: Container,
  furtherNames: string[],
  withSize: boolean,
): Promise<ContainerSummary> {
  const { id, config, hostConfig, state } = container;
  return {
    Id: id,
    Names: [...furtherNames, `/${container.name}`].sort(),
    Image: imageName(engine, container),
    ImageID: container.imageId,
    ImageManifestDescriptor: manifestDescriptor(engine, container),
    Command: commandLine(config).map(quoted).join(' '),
    Created: Math.floor(Date.parse(container.created) / 1000),
    Ports: portSummaries(engine, container),
    Labels: config.Labels ?? {},
    State: state.status,
    Status: statusText(state),
    HostConfig: { NetworkMode: hostConfig.NetworkMode ?? 'default', ...annotations(hostConfig.Annotations) },
    NetworkSettings: { Networks: endpointSettings(engine, container) },
    Mounts: mountsShown(container),
    Health: { Status: state.health?.Status ?? 'none', FailingStreak: state.health?.FailingStreak ?? 0 },
    ...(withSize ? await containerSize(engine, container) : {}),
  };
}

const annotations = (given: Record<string, string> | null | undefined) =>
  given ? { Annotations: given } : {};

/** dockerd quotes what holds a blank. */
const quoted = (argument: string) => (argument.includes(' ') ? `'${argument}'` : argument);

/** The name it was made from, as long as that name still means the same image; the id once it does not. */
function imageName(engine: Engine, { image, imageId }: Container): string {
  const found = engine.images.find(image);
  const isMeant = found && engine.images.variants(found).some(({ id }) => id === imageId);
  return isMeant ? image : imageId;
}
