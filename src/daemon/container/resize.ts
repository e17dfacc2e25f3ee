/** `docker resize`: the size of the container's terminal, in characters. */
import { invalidArgument } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { integer } from '../integer.ts';
import { type Container, notRunning } from './container.ts';
import { publish } from './events.ts';

export async function resizeContainer(
  engine: Engine,
  container: Container,
  { height, width }: { height: number; width: number },
): Promise<void> {
  const task = engine.tasks.get(container.id);
  if (!task) throw notRunning(container.id);
  // One without a terminal has nothing to size, and Docker's clients ask all the same.
  if (task.terminal) await task.resize(height, width);
  publish(engine, container, 'resize', { height: String(height), width: String(width) });
}

/** A terminal has between 1 and 65535 rows and columns (ioctl_tty(2), struct winsize); 0 is "unknown". */
export function parseSize(h: string | undefined, w: string | undefined): { height: number; width: number } {
  const [height, width] = [integer(h ?? ''), integer(w ?? '')];
  for (const value of [height, width]) {
    if (value < 0 || value > 65535) throw invalidArgument(`invalid terminal size ${height}x${width}`);
  }
  return { height, width };
}
