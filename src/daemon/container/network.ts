/** Joins a container to what its network mode asks for, and writes the three files that tell it who and where it is. */
import { conflict, invalidArgument } from '../../core/errors.ts';
import type { Undo } from '../../core/undo.ts';
import type { EndpointRequest, Sandbox } from '../../network/network.ts';
import type { Engine } from '../engine.ts';
import { endpointRequest, validateEndpoint } from '../network/endpoint.ts';
import { publishEndpoints, publishUnjoined } from '../network/events.ts';
import { type Container, noSuchContainer, notRunning } from './container.ts';
import { refuseDeadLinks } from './links.ts';
import { type NetworkFiles, networkFiles, resolvers, writeNetworkFiles } from './network-files.ts';
import { exposedPorts, portRequests } from './ports.ts';
import { rewriteFiles } from './rewrite-files.ts';

export interface JoinedNetwork {
  /** `host`: the host's own namespace; `new`: one that the runtime makes; otherwise a path to join. */
  namespace: 'host' | 'new' | { path: string };
  files: NetworkFiles;
}

export const networkMode = ({ hostConfig }: Pick<Container, 'hostConfig'>) => {
  const mode = hostConfig.NetworkMode || 'default';
  return mode === 'default' ? 'bridge' : mode;
};

/** The container whose namespace is shared: `container:ID`. */
export function sharedWith(mode: string | null | undefined): string | undefined {
  return mode?.startsWith('container:') ? mode.slice('container:'.length) : undefined;
}

/** The mode that a start goes by. */
export const joinedMode = (container: Container) =>
  container.config.NetworkDisabled ? 'none' : networkMode(container);

export async function joinNetworks(engine: Engine, container: Container, undo: Undo): Promise<JoinedNetwork> {
  const mode = joinedMode(container);
  const other = sharedWith(mode);
  if (other !== undefined) return joinContainer(engine, container, other);
  const files = networkFiles(engine.containers.directory(container.id));
  if (mode === 'host' || mode === 'none') {
    writeNetworkFiles(files, container, undefined, engine);
    publishUnjoined(engine, container.id, mode, 'connect');
    undo.push(() => publishUnjoined(engine, container.id, mode, 'disconnect'));
    return { namespace: mode === 'host' ? 'host' : 'new', files };
  }
  refuseDeadLinks(engine, container);
  const sandbox = await joinBridges(engine, container, undo);
  rewriteFiles(engine, container);
  return { namespace: { path: sandbox.path }, files };
}

async function joinBridges(engine: Engine, container: Container, undo: Undo): Promise<Sandbox> {
  undo.push(() => engine.networks.release(container.id));
  for (const [name, settings] of Object.entries(container.endpoints))
    validateEndpoint(engine.networks.get(name), settings);
  const sandbox = await engine.networks.join({
    containerId: container.id,
    name: container.name,
    hostname: container.config.Hostname ?? '',
    endpoints: endpointRequests(container),
    ports: portRequests(container),
    exposed: exposedPorts(container),
    dns: resolvers(container, engine.settings),
  });
  publishEndpoints(engine, container.id, 'connect');
  undo.push(() => publishEndpoints(engine, container.id, 'disconnect'));
  return sandbox;
}

/** The networks a container is to join, the one of its network mode first if it was not taken out of it. */
export function endpointRequests(container: Container): EndpointRequest[] {
  const mode = networkMode(container);
  const asked = Object.keys(container.endpoints);
  const legacy = (container.links ?? []).map(({ id, alias }) => `${id}:${alias}`);
  const names = [...asked.filter((name) => name === mode), ...asked.filter((name) => name !== mode)];
  return names.map((network) => {
    const settings = container.endpoints[network] ?? {};
    return {
      ...endpointRequest(network, settings, container),
      mac: settings.MacAddress || container.config.MacAddress || undefined,
      links: network === 'bridge' ? legacy : (settings.Links ?? container.hostConfig.Links ?? []),
    };
  });
}

function joinContainer(engine: Engine, { id }: Container, reference: string): JoinedNetwork {
  const other = engine.containers.find(reference);
  if (!other) throw noSuchContainer(reference);
  if (other.id === id) throw invalidArgument('cannot join own network');
  const task = engine.tasks.get(other.id);
  if (!task)
    throw conflict(`cannot join network of a non running container: ${other.id}`, notRunning(other.id));
  return {
    namespace: networkMode(other) === 'host' ? 'host' : { path: `/proc/${task.pid}/ns/net` },
    files: networkFilesOf(engine, other),
  };
}

/** Of one that shares a network they are those of whom it shares it with; its own where that leads in a circle. */
export function networkFilesOf(engine: Engine, container: Container): NetworkFiles {
  const passed = new Set<Container>();
  let owner: Container | undefined = container;
  while (owner && !passed.has(owner)) {
    passed.add(owner);
    const reference = sharedWith(networkMode(owner));
    if (reference === undefined) return networkFiles(engine.containers.directory(owner.id));
    owner = engine.containers.find(reference);
  }
  return networkFiles(engine.containers.directory(container.id));
}
