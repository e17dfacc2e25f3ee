/** `POST /exec/{id}/start`: runs it, attached to a client or by itself. */
import type { Duplex } from 'node:stream';
import { conflict, EngineError } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { ExecProcess, MessageHead } from '../../runtime/task.ts';
import { type Container, isPaused, notRunning } from '../container/container.ts';
import { publish } from '../container/events.ts';
import type { Engine } from '../engine.ts';
import { commandText, type Exec } from './exec.ts';
import { execProcess } from './process.ts';

export interface ExecClient {
  client: Duplex;
  head?: MessageHead;
  detachKeys?: Uint8Array;
}

/** Resolves once it runs. Throws `conflict` if it ran before, or its container no longer runs. */
export async function startExec(engine: Engine, exec: Exec, attached?: ExecClient): Promise<ExecProcess> {
  const { container, task } = startable(engine, exec);
  if (exec.status === 'running') throw conflict(`Error: Exec command ${exec.id} is already running`);
  if (exec.status === 'exited') throw conflict(`Error: Exec command ${exec.id} has already run`);
  const { AttachStdin, AttachStdout, AttachStderr } = exec.request;
  exec.status = 'running';
  const streams = {
    stdin: AttachStdin === true,
    stdout: AttachStdout === true,
    stderr: AttachStderr === true,
  };
  try {
    const process = execProcess(engine, container, exec.request);
    // Before it is known whether it can be.
    publish(engine, container, `exec_start: ${commandText(exec)}`, { execID: exec.id });
    exec.process = await step('exec.start', { id: exec.id, container: container.id }, () =>
      task.exec({ id: exec.id, process, ...streams, ...attached }),
    );
  } catch (error) {
    failed(engine, exec, error);
    throw error;
  }
  exec.started.resolve(exec.process);
  follow(engine, container, exec, exec.process);
  return exec.process;
}

/** What it is to run in. Throws `conflict` where nothing can, or not yet, be started. */
export function startable(engine: Engine, { containerId }: Exec) {
  const container = engine.containers.get(containerId);
  const task = engine.tasks.get(containerId);
  if (!task) throw notRunning(containerId);
  if (container.state.status === 'paused') throw isPaused(containerId);
  return { container, task };
}

function failed(engine: Engine, exec: Exec, error: unknown): void {
  exec.started.reject(error);
  exec.status = 'exited';
  exec.exitCode = error instanceof EngineError && 'exitCode' in error ? Number(error.exitCode) : 126;
  engine.execs.ended(exec);
}

function follow(engine: Engine, container: Container, exec: Exec, process: ExecProcess): void {
  void process.exited.then((exit) => {
    exec.status = 'exited';
    exec.exitCode = exit.code;
    publish(engine, container, 'exec_die', { execID: exec.id, exitCode: String(exit.code) });
    engine.execs.ended(exec);
  });
  void process.attachment?.done.then((end) => {
    if (end === 'detached') publish(engine, container, 'exec_detach', { execID: exec.id });
  });
}
