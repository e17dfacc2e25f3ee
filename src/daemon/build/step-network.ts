/** The network of a RUN step: as a container's, but the files that describe it lie in the step's own directory. */
import { conflict, notFound } from '../../core/errors.ts';
import type { Undo } from '../../core/undo.ts';
import { type Container, notRunning } from '../container/container.ts';
import { endpointRequests, type JoinedNetwork, networkMode, sharedWith } from '../container/network.ts';
import { networkFiles, resolvers, writeNetworkFiles } from '../container/network-files.ts';
import type { Engine } from '../engine.ts';

export async function joinStepNetwork(
  engine: Engine,
  container: Container,
  directory: string,
  undo: Undo,
): Promise<JoinedNetwork> {
  const mode = networkMode(container);
  const files = networkFiles(directory);
  const write = (sandbox?: Parameters<typeof writeNetworkFiles>[2]) =>
    writeNetworkFiles(files, container, sandbox, engine);
  const other = sharedWith(mode);
  if (other !== undefined) {
    write();
    return { namespace: namespaceOf(engine, other), files };
  }
  if (mode === 'host' || mode === 'none') {
    write();
    return { namespace: mode === 'host' ? 'host' : 'new', files };
  }
  undo.push(() => engine.networks.release(container.id));
  const sandbox = await engine.networks.join({
    containerId: container.id,
    name: container.name,
    hostname: container.config.Hostname ?? '',
    endpoints: endpointRequests(container),
    ports: [],
    dns: resolvers(container, engine.settings),
  });
  write(sandbox);
  return { namespace: { path: sandbox.path }, files };
}

function namespaceOf(engine: Engine, reference: string): JoinedNetwork['namespace'] {
  const other = engine.containers.find(reference);
  if (!other) throw notFound(`No such container: ${reference}`);
  const task = engine.tasks.get(other.id);
  if (!task)
    throw conflict(`cannot join network of a non running container: ${other.id}`, notRunning(other.id));
  return networkMode(other) === 'host' ? 'host' : { path: `/proc/${task.pid}/ns/net` };
}
