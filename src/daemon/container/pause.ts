/** `docker pause` and `unpause`: the cgroup freezer. */
import { conflict } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import { type Container, notRunning } from './container.ts';
import { publish } from './events.ts';
import { locked } from './lock.ts';

export function pauseContainer(engine: Engine, container: Container): Promise<void> {
  return locked(engine, container, () =>
    step('container.pause', { id: container.id }, async () => {
      const task = engine.tasks.get(container.id);
      if (container.state.status === 'paused') throw conflict(`Container ${container.id} is already paused`);
      if (!task || container.state.status !== 'running') throw notRunning(container.id);
      await task.pause();
      engine.containers.move(container, 'pause');
      publish(engine, container, 'pause');
    }),
  );
}

export function unpauseContainer(engine: Engine, container: Container): Promise<void> {
  return locked(engine, container, () =>
    step('container.unpause', { id: container.id }, async () => {
      const task = engine.tasks.get(container.id);
      if (!task || container.state.status !== 'paused')
        throw conflict(`Container ${container.id} is not paused`);
      await task.resume();
      engine.containers.move(container, 'resume');
      publish(engine, container, 'unpause');
    }),
  );
}
