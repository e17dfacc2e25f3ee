/** `docker network connect`: a running container gets a link at once, any other when it starts. */
import type { EndpointSettings } from '../../api/network.ts';
import { conflict, forbidden, invalidArgument } from '../../core/errors.ts';
import { withUndo } from '../../core/undo.ts';
import type { Network } from '../../network/network.ts';
import type { Container } from '../container/container.ts';
import { locked } from '../container/lock.ts';
import { networkMode, sharedWith } from '../container/network.ts';
import { rewriteFiles } from '../container/rewrite-files.ts';
import { PRIVATE, SHARED } from '../container/validate/network.ts';
import type { Engine } from '../engine.ts';
import { endpointRequest, validateEndpoint } from './endpoint.ts';
import { publishNetwork } from './events.ts';

export function connectContainer(
  engine: Engine,
  network: Network,
  container: Container,
  settings: EndpointSettings,
): Promise<void> {
  return locked(engine, container, async () => {
    refuse(network, container);
    validateEndpoint(network, settings);
    const before = container.endpoints;
    const isRunning = engine.networks.sandbox(container.id) !== undefined;
    // Told twice, a container that does not run stays as it was told first.
    if (!isRunning && endpointName(engine, container, network) !== undefined) return;
    await withUndo(async (undo) => {
      undo.push(() => engine.containers.configure(container, { endpoints: before }));
      engine.containers.configure(container, { endpoints: { ...before, [network.name]: settings } });
      if (isRunning) await connectRunning(engine, network, container, settings);
    });
  });
}

/** A daemon that died while a running container was joined to a network or taken out of it: it is not in it. */
export function forgetUnfinished(engine: Engine, container: Container): void {
  const joined = engine.networks.sandbox(container.id)?.endpoints;
  if (!joined) return;
  const known = networkIds(engine.networks);
  const isIn = (name: string) => joined.some(({ networkId }) => networkId === known.get(name));
  const endpoints = Object.fromEntries(Object.entries(container.endpoints).filter(([name]) => isIn(name)));
  if (Object.keys(endpoints).length === Object.keys(container.endpoints).length) return;
  engine.containers.configure(container, { endpoints });
  rewriteFiles(engine, container);
}

async function connectRunning(
  engine: Engine,
  network: Network,
  container: Container,
  settings: EndpointSettings,
): Promise<void> {
  await engine.networks.connect(container.id, endpointRequest(network.id, settings, container));
  rewriteFiles(engine, container);
  publishNetwork(engine, network, 'connect', { container: container.id });
}

/** The name under which the container's record has this network, by name or by id. */
export function endpointName(
  { networks }: Engine,
  container: Container,
  { id }: Network,
): string | undefined {
  const known = networkIds(networks);
  return Object.keys(container.endpoints).find((name) => known.get(name) === id);
}

/** By name and by id. */
const networkIds = (networks: Engine['networks']): Map<string, string> =>
  new Map(
    networks.list().flatMap((network) => [
      [network.name, network.id],
      [network.id, network.id],
    ]),
  );

export function refuseDead({ id, state }: Container): void {
  if (state.status === 'removing' || state.status === 'dead')
    throw conflict(
      `Container ${id} is marked for removal and cannot be connected or disconnected to the network`,
    );
}

function refuse(network: Network, container: Container): void {
  refuseDead(container);
  if (network.configOnly) throw forbidden('cannot create endpoint on configuration-only network');
  const mode = networkMode(container);
  if (sharedWith(mode) !== undefined) throw invalidArgument(SHARED);
  if (mode === 'host' || network.driver === 'host')
    throw invalidArgument('container cannot be disconnected from host network or connected to host network');
  if (mode === 'none' || network.driver === 'null') throw invalidArgument(PRIVATE);
}
