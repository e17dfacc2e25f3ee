/** `docker kill`: one signal to the first process of a container. */
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import { type Container, notRunning } from './container.ts';
import { publish } from './events.ts';
import { DEFAULT_STOP_SIGNAL, parseSignal, SIGKILL } from './signal.ts';
import { isUp } from './state.ts';

/** Throws `conflict` when nothing runs, `invalid-argument` for a signal that is none. */
export async function killContainer(engine: Engine, container: Container, signal = 'SIGKILL'): Promise<void> {
  const number = parseSignal(signal);
  const task = engine.tasks.get(container.id);
  if (!task || !isUp(container.state)) throw cannotKill(container);
  noteHandThatStops(engine, container, number);
  await step('container.kill', { id: container.id, signal: number }, async () => {
    task.kill(number);
    if (number === SIGKILL && container.state.status === 'paused') await task.resume();
  });
  publish(engine, container, 'kill', { signal: String(number) });
}

/** A signal that is meant to end it says that a person wants it stopped (`unless-stopped`). */
function noteHandThatStops(engine: Engine, container: Container, signal: number): void {
  const stopSignal = parseSignal(container.config.StopSignal || DEFAULT_STOP_SIGNAL);
  if (signal === SIGKILL || signal === stopSignal) engine.containers.note(container, { stoppedByHand: true });
}

function cannotKill(container: Container): Error {
  const cause = notRunning(container.id);
  cause.message = `Cannot kill container: ${container.name}: ${cause.message}`;
  return cause;
}
