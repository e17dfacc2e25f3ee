/**
 * What follows when a process ends: the state is stored, `die` is told, whoever waits is answered, and only then
 * is cleaned up; then the restart policy or `--rm` has its say.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { nowNano } from '../../core/events.ts';
import { apart, step } from '../../core/step.ts';
import { timestamp } from '../../core/time.ts';
import type { Exit, Task } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { tellOom } from './oom.ts';
import { releaseResources } from './release.ts';
import { removeExited } from './remove.ts';
import { planRestart, restartDelay } from './restart-policy.ts';

/** Follows a task that runs to its end. Never rejects: what fails on the way is logged here. */
export function followTask(engine: Engine, container: Container, task: Task): void {
  task.exited
    .then((exit) => apart(() => handleExit(engine, container, exit)))
    .catch((error) => {
      engine.logger.error(
        { err: error, container: container.id },
        'the end of a container could not be handled',
      );
    });
}

export function handleExit(engine: Engine, container: Container, exit: Exit): Promise<void> {
  return step('container.exit', { id: container.id, code: exit.code }, () =>
    settleExit(engine, container, exit),
  );
}

async function settleExit(engine: Engine, container: Container, exit: Exit): Promise<void> {
  const { watchers, settling } = engine;
  engine.health.stop(container.id);
  const delay = engine.goingDown ? undefined : restartDelay(container, exit, nowNano());
  recordExit(engine, container, exit, delay);
  if (delay !== undefined) planRestart(engine, container, delay);
  watchers.tell('exit', container.id, { exit });
  await settling.settle(container.id, async () => {
    // Clean-up blocks for some two milliseconds; the answers to those who wait go out first.
    await nextTurn();
    await step('container.release', { id: container.id }, () => releaseResources(engine, container));
  });
  if (delay === undefined && container.hostConfig.AutoRemove) await removeExited(engine, container);
}

function recordExit(engine: Engine, container: Container, exit: Exit, delay: number | undefined): void {
  const willRestart = delay !== undefined;
  const facts = {
    restartDelay: delay,
    pid: 0,
    exitCode: exit.code,
    finishedAt: timestamp(exit.at),
    restartCount: container.state.restartCount + (willRestart ? 1 : 0),
  };
  const ran = BigInt(
    Math.max(0, Math.round(Number(exit.at) / 1e9 - Date.parse(container.state.startedAt) / 1e3)),
  );
  if (exit.oomKilled && !container.state.oomKilled) tellOom(engine, container);
  engine.containers.move(container, willRestart ? 'plan-restart' : 'exit', facts);
  publish(engine, container, 'die', { exitCode: String(exit.code), execDuration: String(ran) });
}

/** Clean-ups that are under way. A start or a removal of the same container waits for its own. */
export class Settling {
  readonly #running = new Map<string, Promise<void>>();

  async settle(id: string, cleanUp: () => Promise<void>): Promise<void> {
    const running = cleanUp();
    this.#running.set(id, running);
    try {
      await running;
    } finally {
      this.#running.delete(id);
    }
  }

  /** Resolves when nothing of `id` is being cleaned up, whether that went well or not. */
  async of(id: string): Promise<void> {
    await this.#running.get(id)?.catch(() => {});
  }
}
