/** exec: one more process in a running container, with a terminal or pipes, run by `runc exec`. */
import { mkdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { nowNano } from '../../core/events.ts';
import { writeJson } from '../../core/json-file.ts';
import { annotate } from '../../core/step.ts';
import { killQuietly, nameProcess, signalProcess } from '../../kernel/process.ts';
import type { Session } from '../attach/session.ts';
import type { Bundle } from '../bundle.ts';
import { expectMove } from '../cgroup/expect-move.ts';
import type { Manager } from '../manager.ts';
import { execArgv, type RuncAt } from '../runc/argv.ts';
import { execFailure } from '../runc/error.ts';
import type { ExecProcess, ExecRequest, Exit } from '../task.ts';
import { readPid } from './command.ts';
import { runWithPipes } from './pipes.ts';
import { runWithTerminal } from './terminal.ts';

export interface ExecContext {
  manager: Manager;
  bundle: Bundle;
  runc: RuncAt;
  taskId: string;
}

/** A started `runc exec`, before it is known whether the process in the container runs. */
export interface ExecRunner {
  readonly exited: Promise<number>;
  readonly attachment?: Session;
  /** The process runs, or has run: its output may go to the client. */
  begin(): void;
  resize(height: number, width: number): void;
}

/** Throws StartError in Docker's words if the process could not be started; nothing is left then. */
export async function startExec(context: ExecContext, request: ExecRequest): Promise<ExecProcess> {
  expectMove();
  const directory = join(context.bundle.path, 'exec', request.id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const files = { process: join(directory, 'process.json'), pid: join(directory, 'pid'), console: 'console' };
  const runc = { ...context.runc, log: join(directory, 'runc.log') };
  const terminal = request.process.terminal ?? false;
  const pidFile = watchForFile(directory, 'pid');
  let runner: ExecRunner | undefined;
  try {
    writeJson(files.process, request.process);
    const argv = execArgv(runc, context.taskId, files, terminal);
    annotate({ argv: argv.join(' ') });
    const command = { argv, files, directory };
    runner = (terminal ? runWithTerminal : runWithPipes)(context.manager, command, request);
    const pid = await Promise.race([pidFile.appeared, runner.exited.then(() => undefined)]);
    const known = pid ?? readPid(files.pid);
    if (known === undefined) throw await failure(runner, runc.log);
    begin(runner, known);
    return new RunningExec(request, known, runner);
  } finally {
    pidFile.close();
    // Not before its end, whatever failed: it is found by what it wrote there.
    if (runner) runner.exited.then(remove, remove);
    else remove();
  }
}

class RunningExec implements ExecProcess {
  readonly id: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly attachment: Session | undefined;
  readonly #runner: ExecRunner;
  readonly #terminal: boolean;
  readonly #startTime: string;

  constructor(request: ExecRequest, pid: number, runner: ExecRunner) {
    this.id = request.id;
    this.pid = pid;
    this.attachment = runner.attachment;
    this.exited = runner.exited.then((code) => ({ code, at: nowNano(), oomKilled: false }));
    this.#runner = runner;
    this.#terminal = request.process.terminal ?? false;
    this.#startTime = nameProcess(pid)?.startTime ?? '';
  }

  kill(signal: number): void {
    signalProcess({ pid: this.pid, startTime: this.#startTime }, signal);
  }

  /** Does nothing without a terminal, as containerd's shim. */
  async resize(height: number, width: number): Promise<void> {
    if (this.#terminal) this.#runner.resize(height, width);
  }
}

/** A process whose output nobody can be given has no use. */
function begin(runner: ExecRunner, pid: number): void {
  try {
    runner.begin();
  } catch (error) {
    killQuietly(pid);
    runner.attachment?.close();
    throw error;
  }
}

async function failure(runner: ExecRunner, log: string): Promise<Error> {
  const code = await runner.exited;
  runner.attachment?.close();
  return execFailure(log, `runc exec ended with code ${code}`);
}

function watchForFile(directory: string, name: string): { appeared: Promise<number>; close(): void } {
  const { promise, resolve } = Promise.withResolvers<number>();
  const watcher = watch(directory, (_event, changed) => {
    const pid = changed === name ? readPid(join(directory, name)) : undefined;
    if (pid !== undefined) resolve(pid);
  });
  return { appeared: promise, close: () => watcher.close() };
}
