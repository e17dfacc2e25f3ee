/**
 * When the daemon comes (back) up: every record is compared with what runs. Survivors are adopted, exits that
 * nobody saw are accounted for, and the restart policies have their say.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { timestamp } from '../../core/time.ts';
import type { Task } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import { forgetUnfinished } from '../network/connect.ts';
import type { Container } from './container.ts';
import { followTask, handleExit } from './exit.ts';
import { followOom } from './oom.ts';
import { goOn } from './pause.ts';
import { releaseResources } from './release.ts';
import { removeExited } from './remove.ts';
import { startAtBoot } from './start-at-boot.ts';
import { isUp } from './state.ts';

/** In between others have their turn: who asks whether the daemon is there is told so. */
const AT_A_TIME = 8;

/** Resolves when every container is settled; those that are to start again are starting. */
export function restoreContainers(engine: Engine): Promise<void> {
  return step('daemon.restore', {}, async () => {
    const containers = engine.containers.list();
    const exits: ((() => void) | undefined)[] = [];
    for (let at = 0; at < containers.length; at += AT_A_TIME) {
      const some = containers.slice(at, at + AT_A_TIME);
      exits.push(...(await Promise.all(some.map((container) => adopt(engine, container)))));
      await nextTurn();
    }
    const alive = containers.filter(({ id }) => engine.tasks.get(id)).map(({ id }) => id);
    await engine.networks.restore(alive);
    for (const container of containers) forgetUnfinished(engine, container);
    for (const settle of exits) settle?.();
    await Promise.all(containers.map((container) => clean(engine, container)));
    await engine.tasks.sweep();
    startAtBoot(engine);
  });
}

/** Takes the task back if it runs; returns what is to be done about its end if it does not. */
async function adopt(engine: Engine, container: Container): Promise<(() => void) | undefined> {
  const restored = await engine.tasks.restore(container.id).catch((error) => {
    engine.logger.error({ err: error, container: container.id }, 'a container could not be restored');
    return undefined;
  });
  if (restored && 'task' in restored) {
    markRunning(engine, container, restored.task);
    await goOn(engine, container, restored.task).catch((error) => {
      engine.logger.error({ err: error, container: container.id }, 'a container stays paused');
    });
    return () => {
      engine.health.start(engine, container, restored.task);
      engine.logForwarders.resume(engine, container, restored.task);
      followOom(engine, container, restored.task);
      followTask(engine, container, restored.task);
    };
  }
  if (!isUp(container.state)) return undefined;
  const exit = restored?.exit ?? { code: 255, at: BigInt(Date.now()) * 1_000_000n, oomKilled: false };
  return () => {
    handleExit(engine, container, exit).catch((error) => {
      engine.logger.error(
        { err: error, container: container.id },
        'the end of a container could not be handled',
      );
    });
  };
}

/** It may have been started in the very moment the daemon died: the shim knows better than the record. */
function markRunning(engine: Engine, container: Container, task: Task): void {
  const facts = { pid: task.pid, startedAt: timestamp(task.startedAt) };
  if (isUp(container.state)) engine.containers.note(container, facts);
  else engine.containers.move(container, 'start', facts);
}

/** What a crash may have left of one that does not run. */
async function clean(engine: Engine, container: Container): Promise<void> {
  const { id, state, hostConfig } = container;
  if (engine.tasks.get(id)) return;
  await engine.settling.of(id);
  await releaseResources(engine, container).catch((error) => {
    engine.logger.warn({ container: id }, `leftovers stay: ${messageOf(error)}`);
  });
  if (state.status === 'removing' || (hostConfig.AutoRemove && state.status === 'exited')) {
    if (state.status === 'removing') engine.containers.move(container, 'remove-failed');
    await removeExited(engine, container);
  }
}
