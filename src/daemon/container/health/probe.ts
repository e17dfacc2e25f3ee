/** One health check: an exec in the container, its output kept up to 4 KiB, ended when its time is up. */
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthcheckResult } from '../../../api/container.ts';
import { messageOf } from '../../../core/errors.ts';
import { nowNano } from '../../../core/events.ts';
import { newId } from '../../../core/ids.ts';
import { timestamp } from '../../../core/time.ts';
import type { Task } from '../../../runtime/task.ts';
import type { Engine } from '../../engine.ts';
import { execProcess } from '../../exec/process.ts';
import type { Container } from '../container.ts';
import { publish } from '../events.ts';
import { SIGKILL } from '../signal.ts';
import type { HealthCheck } from './check.ts';

const LARGEST_OUTPUT = 4096;
/** For output that is still on its way when the process has ended; what it left running may hold the pipe for ever. */
const LATE_MS = 1000;

/** Never rejects: a check that cannot run is a check that failed. */
export async function probe(
  engine: Engine,
  container: Container,
  task: Task,
  check: HealthCheck,
): Promise<HealthcheckResult> {
  const Start = timestamp(nowNano());
  const output = new Collector();
  const ExitCode = await run(engine, container, task, check, output).catch((error) => {
    output.append(Buffer.from(messageOf(error)));
    return -1;
  });
  return { Start, End: timestamp(nowNano()), ExitCode, Output: output.text() };
}

async function run(
  engine: Engine,
  container: Container,
  task: Task,
  check: HealthCheck,
  output: Collector,
): Promise<number> {
  const id = newId();
  const command = check.command.join(' ');
  publish(engine, container, `exec_create: ${command}`, { execID: id });
  const request = { id, stdin: false, stdout: true, stderr: true, client: output };
  const process = execProcess(engine, container, { Cmd: check.command });
  const exec = await task.exec({ ...request, process });
  publish(engine, container, `exec_start: ${command}`, { execID: id });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    exec.kill(SIGKILL);
  }, check.timeout);
  const exit = await exec.exited.finally(() => clearTimeout(timer));
  await Promise.race([exec.attachment?.done, sleep(LATE_MS, undefined, { ref: false })]);
  publish(engine, container, 'exec_die', { execID: id, exitCode: String(exit.code) });
  if (!timedOut) return exit.code;
  output.append(Buffer.from(`Health check exceeded timeout (${inWords(check.timeout)})`));
  return -1;
}

/** A client that only listens. */
class Collector extends Duplex {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  append(chunk: Buffer): void {
    const part = chunk.subarray(0, LARGEST_OUTPUT - this.#size);
    this.#chunks.push(Buffer.from(part));
    this.#size += part.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.append(chunk);
    done();
  }

  override _read(): void {
    this.push(null);
  }
}

/** As Go writes it: 500ms, 1.5s, 1m30s. */
function inWords(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const [hours, minutes] = [Math.trunc(ms / 3_600_000), Math.trunc(ms / 60_000)];
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes % 60}m` : ''}${(ms % 60_000) / 1000}s`;
}
