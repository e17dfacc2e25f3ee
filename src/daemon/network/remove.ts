/** `docker network rm`. */
import type { Engine } from '../engine.ts';
import { publishNetwork } from './events.ts';

/** Throws `forbidden` for a predefined network and for one that a running container is in. */
export async function removeNetwork(engine: Engine, reference: string): Promise<void> {
  const network = engine.networks.get(reference);
  await engine.networks.remove(network.id);
  publishNetwork(engine, network, 'destroy');
}
