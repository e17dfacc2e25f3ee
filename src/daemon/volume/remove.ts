/** Removes a volume that no container refers to. */
import { conflict } from '../../core/errors.ts';
import type { Volume } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';
import { volumeUsers } from './users.ts';

/** Throws `conflict` in Docker's words while a container refers to it. With `force` one that is not there is no error. */
export async function removeVolume(engine: Engine, name: string, force = false): Promise<void> {
  const volume = force ? engine.volumes.find(name) : engine.volumes.get(name);
  if (!volume) return;
  const users = volumeUsers(engine, name);
  if (users.length > 0) throw conflict(`remove ${name}: volume is in use - [${users.join(', ')}]`);
  await destroyVolume(engine, volume);
}

/** For whoever knows that nobody refers to it. */
export async function destroyVolume(engine: Engine, { name, driver }: Volume): Promise<void> {
  await engine.volumes.remove(name);
  engine.events.publish('volume', 'destroy', name, { driver });
}
