/** `docker kill`: one signal to the first process of a container. */
import { internal } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import { type Container, noSuchContainer, notRunning } from './container.ts';
import { publish } from './events.ts';
import { thaw } from './pause.ts';
import { DEFAULT_STOP_SIGNAL, parseSignal, SIGKILL, supportedSignal } from './signal.ts';
import { isUp } from './state.ts';
import { waitContainer } from './wait.ts';

/** How long SIGKILL may take to end a container, in milliseconds; dockerd waits as long. */
const PATIENCE = 10_000;

/**
 * Resolves once the signal is sent; for SIGKILL once the container has ended, so that it can be removed next. Throws
 * `conflict` when nothing runs, `invalid-argument` for a signal that is none, `internal` for one that outlives SIGKILL.
 */
export async function killContainer(engine: Engine, container: Container, signal = 'SIGKILL'): Promise<void> {
  const number = toSend(container, signal);
  const ends = isMeantToEnd(container, number);
  if (container.state.status === 'restarting') {
    // It counts as one that runs, between two lives.
    if (ends) engine.containers.move(container, 'give-up', { stoppedByHand: true });
    publish(engine, container, 'kill', { signal: String(number) });
    return;
  }
  const task = engine.tasks.get(container.id);
  if (!task || !isUp(container.state)) throw cannotKill(container.name, notRunning(container.id));
  if (ends) engine.containers.note(container, { stoppedByHand: true });
  await step('container.kill', { id: container.id, signal: number }, async () => {
    task.kill(number);
    publish(engine, container, 'kill', { signal: String(number) });
    if (ends) await thaw(engine, container, task, number);
  });
  if (number === SIGKILL) await ended(engine, container);
}

/** A process that sleeps in the kernel without regard to signals ends when its call returns, whenever that is. */
async function ended(engine: Engine, container: Container): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE);
  await waitContainer(engine, container, 'not-running', patience).catch((error) => {
    if (!patience.aborted) throw error;
    throw internal(`Cannot kill container: ${container.name}: tried to kill it, but it did not end`);
  });
}

/** A signal that is meant to end it says that a person wants it stopped (`unless-stopped`). */
function isMeantToEnd({ config }: Container, signal: number): boolean {
  return signal === SIGKILL || signal === parseSignal(config.StopSignal || DEFAULT_STOP_SIGNAL);
}

function toSend({ name }: Container, signal: string): number {
  const number = parseSignal(signal);
  try {
    return supportedSignal(number);
  } catch (error) {
    throw error instanceof Error ? cannotKill(name, error) : error;
  }
}

/** Throws `not-found` in the words of a kill. */
export function toKill(engine: Engine, reference: string): Container {
  const container = engine.containers.find(reference);
  if (!container) throw cannotKill(reference, noSuchContainer(reference));
  return container;
}

function cannotKill(name: string, cause: Error): Error {
  cause.message = `Cannot kill container: ${name}: ${cause.message}`;
  return cause;
}
