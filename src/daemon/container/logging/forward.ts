/**
 * Sends a container's output where its logging driver says, besides keeping it: follows the log file, so that nothing
 * the container does waits for a log server. How far it came is kept, and taken up by the next daemon.
 */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../core/errors.ts';
import { nowNano } from '../../../core/events.ts';
import { readJson, writeJson } from '../../../core/json-file.ts';
import { readLog } from '../../../runtime/log/read.ts';
import type { Task } from '../../../runtime/task.ts';
import type { Engine } from '../../engine.ts';
import type { Container } from '../container.ts';
import type { Destination, LogLine } from './destination.ts';
import { LineSplitter } from './line-splitter.ts';
import { openDestination } from './open-destination.ts';
import { logPath } from './target.ts';

/** A log server that is only busy takes a line again at once; one that is away is asked less and less often. */
const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 30_000;

export class LogForwarders {
  readonly #running = new Map<string, AbortController>();

  /**
   * Takes over the destination; without one, for drivers that only keep, nothing happens. Goes on until the container has
   * ended and all was sent.
   */
  start(engine: Engine, container: Container, task: Task, destination: Destination | undefined): void {
    if (!destination) return;
    const stop = new AbortController();
    this.#running.set(container.id, stop);
    forward(destination, engine, container, task, stop.signal)
      .catch((error) => {
        engine.logger.warn({ container: container.id }, `logs are not sent on: ${messageOf(error)}`);
      })
      .finally(() => this.#running.delete(container.id));
  }

  /** For a container that another daemon has started; its log server may be away. */
  resume(engine: Engine, container: Container, task: Task): void {
    try {
      this.start(engine, container, task, openDestination(container));
    } catch (error) {
      engine.logger.warn({ container: container.id }, `logs are not sent on: ${messageOf(error)}`);
    }
  }

  close(): void {
    for (const stop of this.#running.values()) stop.abort();
  }
}

async function forward(
  destination: Destination,
  engine: Engine,
  container: Container,
  task: Task,
  signal: AbortSignal,
): Promise<void> {
  const mark = join(engine.containers.directory(container.id), 'log-sent');
  const since = readJson<{ until: string }>(mark)?.until;
  const lines = new LineSplitter();
  try {
    const chunks = readLog(logPath(engine, container), {
      stdout: true,
      stderr: true,
      since: since === undefined ? undefined : BigInt(since),
      encode: (stream, chunk) => {
        lines.add(stream, chunk);
        return chunk;
      },
      follow: task.exited,
      signal,
    });
    for await (const _ of chunks) {
      const until = nowNano();
      for (const line of lines.take()) await sendOn(destination, line, signal);
      if (engine.containers.find(container.id)) writeJson(mark, { until: String(until) });
    }
    for (const line of lines.takeUnfinished()) await sendOn(destination, line, signal);
  } finally {
    destination.close();
  }
}

/** Tries until the line is taken: a log server that is away for a while misses nothing that the log still holds. */
async function sendOn(destination: Destination, line: LogLine, signal: AbortSignal): Promise<void> {
  for (let pause = SHORTEST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await destination.send(line);
    } catch {
      await delay(pause, undefined, { signal, ref: false });
    }
  }
}
