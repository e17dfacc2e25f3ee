/** `docker network rm`: not while a container is in it. */
import { EngineError, forbidden } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { NetworkContext } from '../context.ts';
import { refuseUsedConfiguration } from './config-network.ts';
import { PREDEFINED } from './create.ts';
import { removeDevice } from './device.ts';

export async function removeNetwork(context: NetworkContext, reference: string): Promise<void> {
  const live = context.networks.find(reference);
  await step('network.remove', { network: live.network.id }, async () => {
    const { id, name } = live.network;
    if (PREDEFINED.includes(name)) throw forbidden(`${name} is a pre-defined network and cannot be removed`);
    refuseUsedConfiguration(context.networks, live.network);
    const active = context.sandboxes
      .list()
      .flatMap((sandbox) => sandbox.endpoints.map((endpoint) => ({ name: sandbox.name, endpoint })))
      .filter(({ endpoint }) => endpoint.networkId === id);
    if (active.length > 0) {
      const who = active.map(
        (one) => `name:${JSON.stringify(one.name)} id:"${one.endpoint.id.slice(0, 12)}"`,
      );
      throw new EngineError(
        'forbidden',
        `error while removing network: network ${name} has active endpoints (${who.join(', ')})`,
      );
    }
    // From the look at who is in it to here nothing waits: a join that is under way meets its end (`refuseRemoved`).
    context.networks.delete(id);
    await context.pool.drain(id);
    await context.firewall.replace();
    await removeDevice(context, live);
  });
}
