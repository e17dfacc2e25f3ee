/**
 * The machine goes down: every container is asked to end as `docker stop` asks, with the signal and the time that are
 * its own. Left to systemd, those that take no SIGTERM would hold the machine up for 90 s and then be killed.
 */
import { messageOf } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { isUp } from './state.ts';
import { stopContainer, timeoutOf } from './stop.ts';

/** Resolves when none runs, and none is started again. What cannot be stopped is logged. */
export async function shutDownContainers(engine: Engine): Promise<void> {
  engine.goingDown = true;
  const running = runningContainers(engine);
  await step('daemon.shutdown', { containers: running.length }, () =>
    Promise.all(running.map((container) => shutDown(engine, container))),
  );
}

/** Seconds that the slowest of them may take; one that is to be waited for without end counts as none. */
export function shutdownTime(engine: Engine): number {
  return Math.max(0, ...runningContainers(engine).map((container) => timeoutOf(container)));
}

const runningContainers = (engine: Engine) => engine.containers.list().filter(({ state }) => isUp(state));

async function shutDown(engine: Engine, container: Container): Promise<void> {
  try {
    await stopContainer(engine, container, { forShutdown: true });
    await engine.settling.of(container.id);
  } catch (error) {
    engine.logger.error({ container: container.id }, `not stopped: ${messageOf(error)}`);
  }
}
