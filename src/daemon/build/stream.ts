/** What a client of `POST /build` reads: Docker's JSON lines, or with `q` nothing but the id at the end. */
import { PassThrough, type Readable } from 'node:stream';
import { messageOf } from '../../core/errors.ts';
import type { BuildMessage } from '../../image/builder/request.ts';
import { CommandFailed } from '../../image/builder/steps/run.ts';
import { progressText } from '../image/progress-text.ts';

export interface BuildStream {
  readonly out: Readable;
  /** Resolves with the first line: from then on an error is a line, too. */
  readonly begun: Promise<void>;
  emit(message: BuildMessage): void;
  /** `id` empty: there is no image. */
  succeed(id: string): void;
  /** Throws the error on if nothing has been said yet. */
  fail(error: unknown): void;
}

/** Bytes of output that a quiet build keeps, in case it fails; BuildKit's bound for a step. */
const HELD_MAX = 2 * 1024 * 1024;

/** Bytes that may wait for a client which does not read; what is beyond was only to be looked at. */
const WAITING_MAX = 16 * 1024 * 1024;

export function openBuildStream(quiet: boolean): BuildStream {
  const out = new PassThrough();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const held: BuildMessage[] = [];
  let heldBytes = 0;
  let isBegun = false;
  const hold = (message: BuildMessage) => {
    heldBytes += message.stream?.length ?? 0;
    if (heldBytes <= HELD_MAX) held.push(message);
  };
  const write = (line: object) => {
    isBegun = true;
    begin();
    out.write(`${JSON.stringify(line)}\r\n`);
  };
  return {
    out,
    begun,
    emit: (message) => {
      if (quiet) hold(message);
      else if (out.writableLength < WAITING_MAX || message.aux) write(shown(message));
    },
    succeed: (id) => {
      if (quiet && id !== '') write({ stream: `${id}\n` });
      out.end();
    },
    fail: (error) => {
      if (!isBegun && held.length === 0) throw error;
      for (const message of held) write(shown(message));
      write(failure(error));
      out.end();
    },
  };
}

function shown(message: BuildMessage): object {
  const progress = message.progressDetail && progressText(message.progressDetail);
  return progress ? { ...message, progress } : message;
}

/** Clients take the exit code of a command that failed for their own. */
function failure(error: unknown): object {
  const message = messageOf(error);
  const code = error instanceof CommandFailed ? error.exitCode : undefined;
  return { errorDetail: { ...(code !== undefined && { code }), message }, error: message };
}
