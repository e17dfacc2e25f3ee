/** `docker stop`: the container's stop signal, then, when its time is up, SIGKILL. */
import { notModified } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Task } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { locked } from './lock.ts';
import { thaw } from './pause.ts';
import { DEFAULT_STOP_SIGNAL, isSignal, parseSignal, SIGKILL } from './signal.ts';
import { isUp } from './state.ts';

const DEFAULT_TIMEOUT = 10;

/** Seconds before SIGKILL where the stop signal is none that could be sent; dockerd waits as long. */
const TIMEOUT_WITHOUT_SIGNAL = 2;

export interface StopOptions {
  signal?: string;
  /** Seconds; negative: wait for ever. Absent: the container's own, or 10. */
  timeout?: number;
  /** The machine goes down: no person stopped it, and its restart policy holds at the next boot. */
  forShutdown?: boolean;
}

/** Resolves once it has ended. Throws `not-modified` if it does not run. */
export function stopContainer(
  engine: Engine,
  container: Container,
  options: StopOptions = {},
): Promise<void> {
  return locked(engine, container, () =>
    step('container.stop', { id: container.id }, () => stopLocked(engine, container, options)),
  );
}

export async function stopLocked(engine: Engine, container: Container, options: StopOptions): Promise<void> {
  const signal = parseSignal(options.signal || container.config.StopSignal || DEFAULT_STOP_SIGNAL);
  if (container.state.status === 'restarting') {
    engine.containers.move(container, 'give-up', { stoppedByHand: true });
    publish(engine, container, 'stop');
    return;
  }
  const task = engine.tasks.get(container.id);
  if (!task || !isUp(container.state)) throw notModified(`Container ${container.id} is already stopped`);
  if (!options.forShutdown) engine.containers.note(container, { stoppedByHand: true });
  const timeout = isSignal(signal) ? timeoutOf(container, options) : TIMEOUT_WITHOUT_SIGNAL;
  await endTask(engine, container, task, signal, timeout);
  publish(engine, container, 'stop');
}

export const timeoutOf = ({ config }: Container, { timeout }: StopOptions = {}) =>
  timeout ?? config.StopTimeout ?? DEFAULT_TIMEOUT;

async function endTask(
  engine: Engine,
  container: Container,
  task: Task,
  signal: number,
  timeout: number,
): Promise<void> {
  const ended = engine.watchers.next('exit', container.id);
  if (isSignal(signal)) await send(engine, container, task, signal);
  if (timeout < 0) {
    await ended;
    return;
  }
  const timer = setTimeout(() => {
    send(engine, container, task, SIGKILL).catch((error) => {
      engine.logger.error({ err: error, container: container.id }, 'SIGKILL could not be sent');
    });
  }, timeout * 1000);
  await ended.finally(() => clearTimeout(timer));
}

async function send(engine: Engine, container: Container, task: Task, signal: number): Promise<void> {
  task.kill(signal);
  publish(engine, container, 'kill', { signal: String(signal) });
  await thaw(engine, container, task, signal);
}
