/** What operations on one container may assume of each other. */
import type { Engine } from '../engine.ts';
import { type Container, noSuchContainer } from './container.ts';

/** One change at a time; `operate` finds a container that is there. Throws `not-found` if it was removed in the meantime. */
export function locked<T>(engine: Engine, { id }: Container, operate: () => Promise<T>): Promise<T> {
  return engine.locks.run(id, () => {
    engine.containers.get(id);
    return operate();
  });
}

/**
 * For what only reads, and may take long: it locks nobody out. If the container is removed under its hands, that is
 * what is said, as `not-found`, whatever the file was that it missed. One that is still being made is on no list yet.
 */
export async function unlessRemoved<T>(
  engine: Engine,
  container: Container,
  read: () => Promise<T>,
): Promise<T> {
  const isMade = engine.containers.find(container.id) !== undefined;
  try {
    return await read();
  } catch (error) {
    const isThere = engine.containers.find(container.id) && container.state.status !== 'removing';
    throw isThere || !isMade ? error : noSuchContainer(container.id);
  }
}
