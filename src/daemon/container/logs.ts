/** `docker logs`: what a container has said, from its log file; with `follow`, what it will say until it ends. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { flag } from '../../api/query.ts';
import { invalidArgument, notImplemented } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { readLog } from '../../runtime/log/read.ts';
import type { MessageHead } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { logDetails } from './logging/attributes.ts';
import { logPath } from './logging/target.ts';
import { parseMoment } from './time.ts';

export interface LogOptions {
  stdout: boolean;
  stderr: boolean;
  follow: boolean;
  /** Only the last so many lines; absent: all. */
  tail?: number;
  /** Nanoseconds since 1970. */
  since?: bigint;
  until?: bigint;
  timestamps?: boolean;
  /** Before each line what the log options chose of labels and variables. */
  details?: boolean;
  /** Before each message on the client's wire. Absent: bare bytes. */
  head?: MessageHead;
}

/** Bytes that may wait for the client: the next lines are read meanwhile. */
const AHEAD = 256 * 1024;

type Query = Partial<
  Record<'stdout' | 'stderr' | 'follow' | 'tail' | 'since' | 'until' | 'timestamps' | 'details', string>
>;

/** dockerd looks at this before it looks for the container. */
export function refuseNoStream({ stdout, stderr }: Query): void {
  if (flag(stdout) || flag(stderr)) return;
  throw invalidArgument('Bad parameters: you must choose at least one stream');
}

/** Throws `invalid-argument` for times that are none. */
export function parseLogOptions(query: Query): LogOptions {
  return {
    stdout: flag(query.stdout),
    stderr: flag(query.stderr),
    follow: flag(query.follow),
    timestamps: flag(query.timestamps),
    details: flag(query.details),
    tail: parseTail(query.tail),
    since: moment(query.since),
    until: moment(query.until),
  };
}

/** What is no number means all, as in dockerd. */
function parseTail(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function moment(text: string | undefined): bigint | undefined {
  if (text === undefined || text === '' || text === '0') return undefined;
  return parseMoment(text);
}

/** For before the answer begins: throws `not-implemented`, as dockerd does, where nothing was kept. */
export function refuseUnreadable({ hostConfig }: Container): void {
  if (hostConfig.LogConfig?.Type !== 'none') return;
  throw notImplemented('configured logging driver does not support reading');
}

/** Resolves when everything asked for has been handed to `client`, or the client is gone. */
export function streamLogs(
  engine: Engine,
  container: Container,
  options: LogOptions,
  client: Writable,
): Promise<void> {
  return step('container.logs', { id: container.id, follow: options.follow }, () =>
    pour(engine, container, options, client),
  );
}

async function pour(
  engine: Engine,
  container: Container,
  options: LogOptions,
  client: Writable,
): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  client.once('close', leave);
  const { follow, details, ...range } = options;
  const task = engine.tasks.get(container.id);
  const chunks = readLog(logPath(engine, container), {
    ...range,
    details: details ? logDetails(container) : undefined,
    follow: follow && task ? task.exited : undefined,
    signal: gone.signal,
  });
  try {
    for await (const chunk of chunks) {
      client.write(chunk);
      if (client.writableLength > AHEAD) await once(client, 'drain', { signal: gone.signal });
    }
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    client.off('close', leave);
  }
}
