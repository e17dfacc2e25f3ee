// Keeps the container's terminal as large as ours.

import type { Engine } from '../connection/engine.ts';
import type { World } from '../world.ts';

/** `path` is '/containers/ID' or '/exec/ID'. Returns the function that ends it. */
export function followSize(engine: Engine, path: string, world: World): () => void {
  const resize = () => {
    const { rows, columns } = world.stdout;
    if (!rows || !columns) return;
    // The process may just have gone; its size matters to nobody then.
    engine.json('POST', `${path}/resize`, { query: { h: rows, w: columns } }).catch(() => {});
  };
  resize();
  return world.onSignals(['SIGWINCH'], resize);
}
