/**
 * In quiet moments the memory that work has taken goes back. V8 keeps the pages of a heap that was once large, and
 * looks for what is still needed in them only when it needs more: an engine that had loaded an image held 25 MB for
 * nothing. Collecting it all blocks for 30 ms, so nobody must be there whom it disturbs. The idle engine has 45 MB then
 * where it had 100, and more after work: docs/performance.md.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FastifyInstance } from 'fastify';
import { forgetProgram, trimMemory } from '../../kernel/memory.ts';

/** After the last request that began or ended. */
const QUIET_MS = 3000;

export function rest(app: FastifyInstance): void {
  let collect: Collect | undefined;
  const timer = setTimeout(() => {
    collect ??= collector();
    collect({ type: 'major', flavor: 'last-resort' });
    trimMemory();
    forgetProgram();
  }, QUIET_MS).unref();
  const wait = (_request: unknown, _reply: unknown, done: () => void) => {
    timer.refresh();
    done();
  };
  app.addHook('onRequest', wait);
  app.addHook('onResponse', wait);
  app.addHook('onClose', async () => clearTimeout(timer));
}

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** V8 shows it only to contexts that are made while this flag is set. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
