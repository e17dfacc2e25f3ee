/** `docker network disconnect`: the link goes at once, and the container does not come back to the network when it starts again. */
import { forbidden, invalidArgument, isKind } from '../../core/errors.ts';
import type { Network } from '../../network/network.ts';
import type { Container } from '../container/container.ts';
import { locked } from '../container/lock.ts';
import { networkMode } from '../container/network.ts';
import { rewriteFiles } from '../container/rewrite-files.ts';
import type { Engine } from '../engine.ts';
import { endpointName, refuseDead } from './connect.ts';
import { publishNetwork } from './events.ts';

/** With `force` a link that is not there any more is no error. */
export function disconnectContainer(
  engine: Engine,
  network: Network,
  container: Container,
  force: boolean,
): Promise<void> {
  return locked(engine, container, async () => {
    refuseDead(container);
    if (networkMode(container) === 'host')
      throw invalidArgument(
        'container cannot be disconnected from host network or connected to host network',
      );
    const name = endpointName(engine, container, network);
    if (name === undefined)
      throw forbidden(`container ${container.id} is not connected to network ${network.name}`);
    if (engine.networks.sandbox(container.id)) await disconnectRunning(engine, network, container, force);
    const { [name]: _, ...endpoints } = container.endpoints;
    engine.containers.configure(container, { endpoints });
  });
}

/** Of a network that is gone: the container does not wait for it any more. */
export function forgetNetwork(engine: Engine, container: Container, name: string): Promise<void> {
  return locked(engine, container, async () => {
    refuseDead(container);
    const { [name]: _, ...endpoints } = container.endpoints;
    engine.containers.configure(container, { endpoints });
  });
}

async function disconnectRunning(
  engine: Engine,
  network: Network,
  container: Container,
  force: boolean,
): Promise<void> {
  try {
    await engine.networks.disconnect(container.id, network.id);
  } catch (error) {
    if (!force || !isKind(error, 'forbidden')) throw error;
  }
  rewriteFiles(engine, container);
  publishNetwork(engine, network, 'disconnect', { container: container.id });
}
