/** `POST /containers/{id}/exec`: what is to run, and an id to start it by. */
import type { ExecCreateRequest } from '../../api/exec.ts';
import { conflict, invalidArgument } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { parseDetachKeys } from '../../runtime/attach/detach-keys.ts';
import type { ExecProcess } from '../../runtime/task.ts';
import { isPaused } from '../container/container.ts';
import { publish } from '../container/events.ts';
import { asList } from '../container/spec/process.ts';
import type { Engine } from '../engine.ts';
import { commandText, type Exec } from './exec.ts';

/** `asked`: the container's name as the client gave it. Throws `conflict` unless it runs. */
export function createExec(engine: Engine, asked: string, request: ExecCreateRequest): Exec {
  const command = asList(request.Cmd);
  if (command.length === 0) throw invalidArgument('No exec command specified');
  const container = engine.containers.get(asked);
  if (container.state.status === 'paused') throw isPaused(asked);
  if (container.state.status === 'restarting') {
    throw conflict(`Container ${container.id} is restarting, wait until the container is running`);
  }
  if (container.state.status !== 'running') throw conflict(`Container ${container.id} is not running`);
  refuseKeys(request.DetachKeys ?? '');
  const started = Promise.withResolvers<ExecProcess>();
  // Nobody may be waiting for it; a start that fails is told to who asked for it.
  started.promise.catch(() => {});
  const exec: Exec = { id: newId(), containerId: container.id, request, status: 'created', started };
  engine.execs.add(exec);
  publish(engine, container, `exec_create: ${commandText(exec)}`, { execID: exec.id });
  return exec;
}

function refuseKeys(keys: string): void {
  try {
    parseDetachKeys(keys);
  } catch (error) {
    throw invalidArgument(`Invalid escape keys (${keys}) provided`, error);
  }
}
