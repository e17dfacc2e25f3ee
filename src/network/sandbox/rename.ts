/** A container's new name resolves, its old one does not. */
import type { NetworkContext } from '../context.ts';
import { namesOf } from './names.ts';

export async function rename(context: NetworkContext, containerId: string, name: string): Promise<void> {
  const record = context.sandboxes.get(containerId);
  if (!record) return;
  const renamed = { ...record, name };
  context.sandboxes.put(renamed);
  context.traffic.rename(namesOf(renamed, context.networks));
}
