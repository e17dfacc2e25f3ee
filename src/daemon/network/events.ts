/** Tells the world what happened to a network, with the attributes that Docker's events carry. */
import type { Network } from '../../network/network.ts';
import type { Engine } from '../engine.ts';

export function publishNetwork(
  { events }: Pick<Engine, 'events'>,
  { id, name, driver }: Network,
  action: 'create' | 'destroy' | 'connect' | 'disconnect',
  attributes: Record<string, string> = {},
): void {
  events.publish('network', action, id, { ...attributes, name, type: driver });
}

type Networks = Pick<Engine, 'events' | 'networks'>;

/** One for each network that a running container is in: when it starts, and when it has ended. */
export function publishEndpoints(
  engine: Networks,
  containerId: string,
  action: 'connect' | 'disconnect',
): void {
  for (const { networkId } of engine.networks.sandbox(containerId)?.endpoints ?? [])
    publishNetwork(engine, engine.networks.get(networkId), action, { container: containerId });
}

/** The host's network and none count as networks in events, though there is nothing to join. */
export function publishUnjoined(
  engine: Networks,
  containerId: string,
  mode: string,
  action: 'connect' | 'disconnect',
): void {
  if (mode === 'host' || mode === 'none')
    publishNetwork(engine, engine.networks.get(mode), action, { container: containerId });
}
