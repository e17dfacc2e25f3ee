/** The kernel killed in a container for want of memory: told when it happens, whether the container survives it or not. */
import type { Task } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';

export function followOom(engine: Engine, container: Container, task: Task): void {
  task.onOom(() => tellOom(engine, container));
}

export function tellOom(engine: Engine, container: Container): void {
  engine.containers.note(container, { oomKilled: true });
  publish(engine, container, 'oom');
}
