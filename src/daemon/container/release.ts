/** Gives back what a run of a container held: task, network, volumes, shared memory. Its record and its layer stay. */
import type { Engine } from '../engine.ts';
import { publishEndpoints, publishUnjoined } from '../network/events.ts';
import type { Container } from './container.ts';
import { detachMounts } from './mounts/attach.ts';
import { joinedMode } from './network.ts';
import { removeSharedMemory } from './shared-memory.ts';

/** Idempotent. One part that fails does not keep the others; what failed is thrown together at the end. */
export async function releaseResources(engine: Engine, container: Container): Promise<void> {
  const { id } = container;
  engine.execs.containerEnded(id);
  publishEndpoints(engine, id, 'disconnect');
  if (engine.tasks.get(id)) publishUnjoined(engine, id, joinedMode(container), 'disconnect');
  const results = await Promise.allSettled([
    engine.tasks.get(id)?.delete() ?? engine.tasks.forget(id),
    engine.networks.release(id),
    detachMounts(engine, container),
    removeSharedMemory(engine, id),
  ]);
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
  if (failures.length > 0) throw new AggregateError(failures, `clean-up of container ${id} failed`);
}
