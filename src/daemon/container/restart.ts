/** `docker restart`: stop if it runs, then start; nobody comes in between. */
import { isKind } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { locked } from './lock.ts';
import { startLocked } from './start.ts';
import { type StopOptions, stopLocked } from './stop.ts';

export function restartContainer(
  engine: Engine,
  container: Container,
  options: StopOptions = {},
): Promise<void> {
  return locked(engine, container, () =>
    step('container.restart', { id: container.id }, async () => {
      await stopLocked(engine, container, options).catch((error) => {
        if (!isKind(error, 'not-modified')) throw error;
      });
      await startLocked(engine, container, {});
      publish(engine, container, 'restart');
    }),
  );
}
