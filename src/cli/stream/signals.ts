// Passes the signals that we get on to the container (`--sig-proxy`).

import type { Engine } from '../connection/engine.ts';
import type { World } from '../world.ts';

const forwarded: NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
];

/** Returns the function that ends it. */
export function forwardSignals(engine: Engine, id: string, world: World): () => void {
  return world.onSignals(forwarded, (signal) => {
    engine
      .json('POST', `/containers/${id}/kill`, { query: { signal: signal.replace(/^SIG/, '') } })
      .catch(() => {});
  });
}
