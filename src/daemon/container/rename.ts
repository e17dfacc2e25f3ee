/** `docker rename`. */
import { EngineError, invalidArgument } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { locked } from './lock.ts';
import { parseName } from './names.ts';

export function renameContainer(engine: Engine, container: Container, to: string): Promise<void> {
  return locked(engine, container, async () => {
    const name = notAllocated(() => parseName(to.startsWith('/') ? to : `/${to}`));
    const oldName = container.name;
    if (name === oldName) {
      throw invalidArgument('Renaming a container with the same name as its current name');
    }
    notAllocated(() => engine.containers.reserveName(name, container.id));
    try {
      engine.containers.configure(container, { name });
    } catch (error) {
      engine.containers.releaseName(name);
      throw error;
    }
    engine.containers.releaseName(oldName);
    await engine.networks.rename(container.id, name);
    publish(engine, container, 'rename', { oldName: `/${oldName}` });
  });
}

/** dockerd says of what it was that the name could not be had. */
function notAllocated<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.kind, `Error when allocating new name: ${error.message}`, { cause: error });
  }
}
