/**
 * Answers that are a stream of JSON lines: load, pull, push, import. The status is sent with the first line; an error
 * before it is an ordinary answer, one after it is a line.
 */
import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { messageOf } from '../../core/errors.ts';
import type { Progress, ProgressListener } from '../../image/progress.ts';
import { progressText } from '../image/progress-text.ts';

/** Lines about bytes are dropped while a client that does not read has this much waiting. */
const WAITING_MAX = 1024 * 1024;

/** `signal` is aborted when the client goes away. */
export type ProgressOperation = (progress: ProgressListener, signal: AbortSignal) => Promise<unknown>;

/** `allLines`: an error before the first line is a line, too. */
export async function answerProgress(
  reply: FastifyReply,
  operation: ProgressOperation,
  { allLines = false }: { allLines?: boolean } = {},
): Promise<FastifyReply> {
  const out = new PassThrough();
  const begun = Promise.withResolvers<void>();
  let isBegun = allLines;
  const write = (line: object) => {
    isBegun = true;
    begun.resolve();
    out.write(`${JSON.stringify(line)}\r\n`);
  };
  const progress = (line: Progress) => {
    if (line.progressDetail && out.writableLength > WAITING_MAX) return;
    write(withText(line));
  };
  const finished = operation(progress, goneSignal(reply)).then(
    () => out.end(),
    (error: unknown) => {
      if (!isBegun) throw error;
      write({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
      out.end();
    },
  );
  await Promise.race([begun.promise, finished]);
  return reply.type('application/json').send(out);
}

function withText(line: Progress): Progress & { progress?: string } {
  return line.progressDetail ? { ...line, progress: progressText(line.progressDetail) || undefined } : line;
}

/** An answer that closes before it is finished has lost its client. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
