/** The end of the network layer: with containers running it only lets go; else nothing of the instance stays behind. */
import type { NetworkContext } from './context.ts';
import { release } from './sandbox/release.ts';

export async function closeNetworks(context: NetworkContext, keep: boolean): Promise<void> {
  context.kernel.on('link', () => {});
  try {
    await context.firewall.close();
    await context.pool.close();
    if (!keep) await removeAll(context);
  } finally {
    await context.traffic.close();
    await context.kernel.close();
  }
}

/** The records of networks stay: their bridges are made again at the next start. */
async function removeAll(context: NetworkContext): Promise<void> {
  for (const { containerId } of context.sandboxes.list()) await release(context, containerId);
  const { links } = await context.kernel.sweep({ paths: [], links: [] });
  await context.firewall.remove();
  for (const link of links) await context.kernel.removeLink(link);
  for (const { device, adopted } of context.networks.list())
    if (device !== '' && !adopted) await context.kernel.removeLink(device);
}
