/** `docker pause` and `unpause`: the cgroup freezer. */
import { conflict } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Task } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import { type Container, notRunning } from './container.ts';
import { publish } from './events.ts';
import { locked } from './lock.ts';
import { SIGKILL } from './signal.ts';

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

/** For a signal that was sent to a paused container: a frozen process gets none before it thaws. SIGKILL needs no telling. */
export async function thaw(engine: Engine, container: Container, task: Task, signal: number): Promise<void> {
  if (container.state.status !== 'paused') return;
  await task.resume();
  if (container.state.status !== 'paused') return;
  engine.containers.move(container, 'resume');
  if (signal !== SIGKILL) publish(engine, container, 'unpause');
}
