/** Somebody took a bridge away: it is made again, and the containers that were in it are put back. */
import type { NetworkContext } from '../context.ts';
import { ensureDevice } from '../record/device.ts';
import type { LiveNetwork } from '../record/store.ts';

/** Does nothing for a link that is no bridge of ours, or no longer. */
export async function healBridge(context: NetworkContext, name: string): Promise<void> {
  const live = context.networks.list().find(({ device }) => device === name);
  if (live?.network.driver !== 'bridge') return;
  try {
    await ensureDevice(context, live);
    await context.pool.drain(live.network.id);
    await putBack(context, [live]);
    context.start();
    context.logger.warn(
      { network: live.network.name, link: name },
      'a bridge was taken away: it is made again',
    );
  } catch (error) {
    context.logger.error(
      { err: error, network: live.network.name },
      'a bridge was taken away and stays away',
    );
  }
}

/** What was taken away while nobody watched. */
export async function healMissing(context: NetworkContext): Promise<void> {
  for (const { network, device } of context.networks.list())
    if (network.driver === 'bridge' && !(await context.kernel.linkExists(device)))
      await healBridge(context, device);
}

/** The host's ends of their containers' links become ports of the bridges again; of those that are, nothing changes. */
export async function putBack(context: NetworkContext, networks: LiveNetwork[]): Promise<void> {
  const ids = new Set(networks.map(({ network }) => network.id));
  const links = context.sandboxes
    .list()
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ networkId, link }) => link.kind === 'veth' && ids.has(networkId))
    .map(({ link }) => link);
  if (links.length > 0) await context.kernel.putBack(links);
}
