/** After a restart: the volumes of containers that may still run are in use again, before anything can let go of them. */
import { messageOf } from '../../core/errors.ts';
import { isUp } from '../container/state.ts';
import type { Engine } from '../engine.ts';

/** One whose container turns out to have ended is let go of with the container's other resources. */
export async function holdVolumes(engine: Engine): Promise<void> {
  const running = engine.containers.list().filter(({ state }) => isUp(state));
  const uses = running.flatMap(({ id, mounts }) =>
    mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [{ id, name: Name }] : [])),
  );
  await Promise.all(uses.map(({ id, name }) => hold(engine, id, name)));
}

async function hold(engine: Engine, id: string, name: string): Promise<void> {
  try {
    await engine.volumes.mount(name, id);
  } catch (error) {
    engine.logger.warn(
      { volume: name, container: id, reason: messageOf(error) },
      'a volume cannot be mounted',
    );
  }
}
