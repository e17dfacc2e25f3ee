// Keeps the container's terminal as large as ours.

import type { Engine } from '../connection/engine.ts';
import type { World } from '../world.ts';

/** `path` is '/containers/ID' or '/exec/ID'. Returns the function that ends it. */
export function followSize(engine: Engine, path: string, world: World): () => void {
  const resize = () => {
    const { rows = 0, columns = 0 } = world.stdout;
    void setSize(engine, path, rows, columns);
  };
  resize();
  return world.onSignals(['SIGWINCH'], resize);
}

/** Like followSize, but makes a program that is there already draw itself: by a size that is not the final one. */
export async function followSizeAnew(engine: Engine, path: string, world: World): Promise<() => void> {
  const { rows = 0, columns = 0 } = world.stdout;
  await setSize(engine, path, rows + 1, columns + 1);
  return followSize(engine, path, world);
}

/** The process may just have gone; its size matters to nobody then. */
async function setSize(engine: Engine, path: string, rows: number, columns: number): Promise<void> {
  if (rows === 0 || columns === 0) return;
  await engine.json('POST', `${path}/resize`, { query: { h: rows, w: columns } }).catch(() => {});
}
