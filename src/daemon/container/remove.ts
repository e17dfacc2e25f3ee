/** `docker rm`: the record, the layer, the log, and with `-v` the volumes that were made for it. */
import { conflict, isKind } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { Engine } from '../engine.ts';
import { isImageUsed } from '../image/users.ts';
import { destroyVolume } from '../volume/remove.ts';
import { volumeUsers } from '../volume/users.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { locked } from './lock.ts';
import { releaseResources } from './release.ts';
import { SIGKILL } from './signal.ts';
import { isUp } from './state.ts';
import { lastOutcome } from './wait.ts';

export interface RemoveOptions {
  /** End it first if it runs. */
  force: boolean;
  /** Anonymous volumes too. */
  volumes: boolean;
}

/** Resolves once it is gone from memory and disk. */
export function removeContainer(engine: Engine, container: Container, options: RemoveOptions): Promise<void> {
  return locked(engine, container, () => removeLocked(engine, container, options));
}

/** `--rm`: what a container leaves when it has ended, its volumes included. */
export async function removeExited(engine: Engine, container: Container): Promise<void> {
  await removeContainer(engine, container, { force: false, volumes: true }).catch((error) => {
    if (isKind(error, 'conflict') || isKind(error, 'not-found')) return;
    throw error;
  });
}

/** For operations that hold the container's lock already. */
export async function removeLocked(
  engine: Engine,
  container: Container,
  options: RemoveOptions,
): Promise<void> {
  await endIfForced(engine, container, options.force);
  await engine.settling.of(container.id);
  engine.containers.move(container, 'remove');
  await step('container.remove', { id: container.id, name: container.name }, async () => {
    try {
      await free(engine, container, options);
    } catch (error) {
      engine.containers.move(container, 'remove-failed', { error: String(error) });
      throw error;
    }
  });
  publish(engine, container, 'destroy');
  engine.watchers.tell('removed', container.id, { exit: lastOutcome(container).exit });
}

async function endIfForced(engine: Engine, container: Container, force: boolean): Promise<void> {
  const { id, state } = container;
  if (state.status === 'restarting' && force)
    engine.containers.move(container, 'give-up', { stoppedByHand: true });
  if (!isUp(container.state)) return;
  if (!force) throw conflict(refusal(container));
  const task = engine.tasks.get(id);
  const ended = engine.watchers.next('exit', id);
  engine.containers.note(container, { stoppedByHand: true });
  task?.kill(SIGKILL);
  publish(engine, container, 'kill', { signal: String(SIGKILL) });
  if (state.status === 'paused') await task?.resume();
  await ended;
}

function refusal({ id, state }: Container): string {
  const advice = state.status === 'paused' ? 'Unpause and then stop' : 'Stop';
  const attempt = `${advice} the container before attempting removal or force remove`;
  return `You cannot remove a ${state.status} container ${id}. ${attempt}`;
}

async function free(engine: Engine, container: Container, { volumes }: RemoveOptions): Promise<void> {
  engine.attachments.dismiss(container.id);
  await releaseResources(engine, container);
  engine.containers.remove(container);
  engine.execs.containerRemoved(container.id);
  if (volumes) await removeAnonymousVolumes(engine, container);
  await releaseImage(engine, container);
}

/** The container is gone; that its image takes longer is no reason to say otherwise. */
async function releaseImage(engine: Engine, { imageId }: Container): Promise<void> {
  await engine.images.release(isImageUsed(engine)).catch((error) => {
    engine.logger.warn({ err: error, image: imageId }, 'what is left of a deleted image stays');
  });
}

async function removeAnonymousVolumes(engine: Engine, container: Container): Promise<void> {
  for (const { Type, Name } of container.mounts) {
    const volume = Type === 'volume' && Name ? engine.volumes.find(Name) : undefined;
    if (!volume?.anonymous || volumeUsers(engine, volume.name).length > 0) continue;
    await destroyVolume(engine, volume).catch((error) => {
      engine.logger.warn({ err: error, volume: Name }, 'an anonymous volume stays');
    });
  }
}
