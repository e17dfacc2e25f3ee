/**
 * What nobody caught is a defect, and the state behind it is not to be trusted: the daemon ends, whoever supervises it
 * starts it again, and containers run on meanwhile. At once: to end in order, Node would wait for its threads, and one
 * that waits for a client in a read may wait for ever.
 */
import type { Logger } from 'pino';
import { exitNow } from '../kernel/process.ts';

/** For the log, which is written by another thread: a busy machine took longer than a tenth of a second. */
const GRACE_MS = 500;

export function endOnDefect(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    setTimeout(() => exitNow(1), GRACE_MS);
    logger.fatal({ err: error }, 'skiffd ends: this should not have happened');
  });
}
