/** `docker pause` and `unpause`: the cgroup freezer. */
import { conflict, isKind } from '../../core/errors.ts';
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

/** Lets nothing change while an image is made of it. Undone also if the daemon dies in between (`goOn`). */
export async function whilePaused<T>(
  engine: Engine,
  container: Container,
  operation: () => Promise<T>,
): Promise<T> {
  engine.containers.note(container, { pausedForCommit: true });
  try {
    await pauseContainer(engine, container);
    try {
      return await operation();
    } finally {
      await unpauseContainer(engine, container).catch(ignoreEnded);
    }
  } finally {
    const isThere = engine.containers.find(container.id) === container;
    if (isThere) engine.containers.note(container, { pausedForCommit: undefined });
  }
}

/** It may have been killed meanwhile. */
function ignoreEnded(error: unknown): void {
  if (!isKind(error, 'conflict')) throw error;
}

/** What `whilePaused` does in the end, for a daemon that found the container as another left it. */
export async function goOn(engine: Engine, container: Container, task: Task): Promise<void> {
  if (!container.state.pausedForCommit) return;
  await task.resume();
  if (container.state.status === 'paused') engine.containers.move(container, 'resume');
  engine.containers.note(container, { pausedForCommit: undefined });
  publish(engine, container, 'unpause');
}

/** For a signal that was sent to a paused container: a frozen process gets none before it thaws. SIGKILL needs no telling. */
export async function thaw(engine: Engine, container: Container, task: Task, signal: number): Promise<void> {
  if (container.state.status !== 'paused') return;
  await task.resume();
  if (container.state.status !== 'paused') return;
  engine.containers.move(container, 'resume');
  if (signal !== SIGKILL) publish(engine, container, 'unpause');
}
