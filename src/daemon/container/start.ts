/** `docker start`: from a record to a running process. The one path by which anything ever runs. */
import { conflict, EngineError, messageOf, notModified } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { timestamp } from '../../core/time.ts';
import { type Undo, withUndo } from '../../core/undo.ts';
import type { Task, TaskRequest } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publish } from './events.ts';
import { followTask } from './exit.ts';
import { healthCheckOf } from './health/check.ts';
import { locked } from './lock.ts';
import type { Destination } from './logging/destination.ts';
import { initialiseLogging } from './logging/initialise.ts';
import { logTarget } from './logging/target.ts';
import { attachMounts } from './mounts/attach.ts';
import { refuseMissingSources } from './mounts/bind-source.ts';
import { joinNetworks } from './network.ts';
import { followOom } from './oom.ts';
import { removeLocked } from './remove.ts';
import { tellLinked } from './rewrite-files.ts';
import { prepareSharedMemory } from './shared-memory.ts';
import { composeSpec } from './spec/spec.ts';

export interface StartOptions {
  /** The restart policy starts it, not a person. */
  byPolicy?: boolean;
}

/** Throws `not-modified` if it runs already, `conflict` if it may not be started. Leaves nothing if it fails. */
export function startContainer(
  engine: Engine,
  container: Container,
  options: StartOptions = {},
): Promise<void> {
  return locked(engine, container, () =>
    step('container.start', { id: container.id, name: container.name }, async () => {
      if (!options.byPolicy) await refuseRequest(container);
      await startLocked(engine, container, options);
    }),
  );
}

/** Leaves its state as it was: dockerd does not count this as a start that failed. */
async function refuseRequest(container: Container): Promise<void> {
  refuseUnstartable(container);
  await refuseMissingSources(container.mounts);
}

/** For operations that hold the container's lock already. */
export async function startLocked(
  engine: Engine,
  container: Container,
  options: StartOptions,
): Promise<void> {
  if (options.byPolicy && container.state.status !== 'restarting') return;
  refuseUnstartable(container);
  await engine.settling.of(container.id);
  try {
    const launched = await withUndo((undo) => launch(engine, container, undo));
    recordStart(engine, container, launched, options);
  } catch (error) {
    recordFailure(engine, container, error);
    if (container.hostConfig.AutoRemove) {
      await removeLocked(engine, container, { force: false, volumes: true });
    }
    throw error;
  }
}

function refuseUnstartable({ state }: Container): void {
  if (state.status === 'paused') throw conflict('cannot start a paused container, try unpause instead');
  if (state.status === 'running') throw notModified('container is already running');
  if (state.status === 'removing' || state.status === 'dead') {
    throw conflict('container is marked for removal and cannot be started');
  }
}

interface Launched {
  task: Task;
  /** Where its lines are sent, if they are. */
  destination: Destination | undefined;
}

async function launch(engine: Engine, container: Container, undo: Undo): Promise<Launched> {
  const destination = await initialiseLogging(container);
  undo.push(() => destination?.close());
  const sources = await attachMounts(engine, container, undo);
  const network = await joinNetworks(engine, container, undo);
  const sharedMemory = prepareSharedMemory(engine, container, undo);
  const request = taskRequest(engine, container, (rootfs) =>
    composeSpec(engine, container, { rootfs, sources, network, sharedMemory }),
  );
  const clients = engine.attachments.take(container.id);
  undo.push(() => {
    for (const {
      request: { client },
      end,
    } of clients) {
      client.end();
      end('output-ended');
    }
  });
  const { task, attachments } = await engine.tasks.start(
    request,
    clients.map((client) => client.request),
  );
  for (const [index, attachment] of attachments.entries()) clients[index]?.begin(attachment);
  return { task, destination };
}

function taskRequest(engine: Engine, container: Container, spec: TaskRequest['spec']): TaskRequest {
  const { id, config, hostConfig } = container;
  const image = engine.images.find(container.imageId);
  return {
    id,
    spec,
    rootfs: engine.images.snapshotMounts({ directory: engine.containers.directory(id), image }),
    terminal: config.Tty === true,
    stdin: config.OpenStdin === true,
    stdinOnce: config.StdinOnce === true,
    log: logTarget(engine, container),
    runtime: hostConfig.Runtime || undefined,
  };
}

function recordStart(
  engine: Engine,
  container: Container,
  { task, destination }: Launched,
  { byPolicy }: StartOptions,
): void {
  engine.containers.move(container, 'start', {
    pid: task.pid,
    startedAt: timestamp(task.startedAt),
    exitCode: 0,
    error: '',
    oomKilled: false,
    health: healthCheckOf(container) && { Status: 'starting', FailingStreak: 0, Log: [] },
    ...(byPolicy ? {} : { restartCount: 0, restartDelay: undefined, stoppedByHand: false }),
  });
  publish(engine, container, 'start');
  engine.health.start(engine, container, task);
  engine.logForwarders.start(engine, container, task, destination);
  followOom(engine, container, task);
  tellLinked(engine, container);
  followTask(engine, container, task);
}

/** Those who wait for an exit wait on, as with dockerd: nothing has exited. */
function recordFailure(engine: Engine, container: Container, error: unknown): void {
  const exitCode = exitCodeOf(error);
  engine.attachments.dismiss(container.id);
  engine.containers.move(container, 'launch-failed', { pid: 0, exitCode, error: messageOf(error) });
}

/** 126 and 127 are the runtime's word (runtime/task.ts StartFailure); anything else is Docker's 128. */
function exitCodeOf(error: unknown): number {
  const named = error instanceof EngineError && 'exitCode' in error;
  return named && (error.exitCode === 126 || error.exitCode === 127) ? error.exitCode : 128;
}
