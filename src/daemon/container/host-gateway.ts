/** What `host-gateway` stands for in `--add-host`. */
import { invalidArgument, isKind } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';

/**
 * What the daemon was told, or else the host's addresses on the default bridge: whichever network a container is on, it
 * reaches the host there. Throws `invalid-argument` in Docker's words where there is neither.
 */
export function hostGateways({ settings, networks }: Pick<Engine, 'settings' | 'networks'>): string[] {
  if (settings.hostGatewayIps.length > 0) return settings.hostGatewayIps;
  try {
    return networks.get('bridge').ipam.pools.flatMap(({ gateway }) => gateway ?? []);
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error;
    throw invalidArgument('unable to derive the IP value for host-gateway', error);
  }
}
