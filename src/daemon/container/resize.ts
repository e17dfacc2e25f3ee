/** `docker resize`: the size of the container's terminal, in characters. */
import { invalidArgument } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { type Container, notRunning } from './container.ts';
import { publish } from './events.ts';
import { isUp } from './state.ts';

export async function resizeContainer(
  engine: Engine,
  container: Container,
  { height, width }: { height: number; width: number },
): Promise<void> {
  const task = engine.tasks.get(container.id);
  if (!task || !isUp(container.state)) throw notRunning(container.id);
  // One without a terminal has nothing to size, and Docker's clients ask all the same.
  if (task.terminal) await task.resize(height, width);
  publish(engine, container, 'resize', { height: String(height), width: String(width) });
}

export function parseSize(h: string | undefined, w: string | undefined): { height: number; width: number } {
  return { height: parseSide('height', h ?? ''), width: parseSide('width', w ?? '') };
}

/** A terminal has at most 65535 rows and columns (ioctl_tty(2), struct winsize); 0 is "unknown". */
function parseSide(side: 'height' | 'width', text: string): number {
  const fault = !/^-?\d+$/.test(text)
    ? 'invalid syntax'
    : (Number(text) < 0 || Number(text) > 65535) && 'value out of range';
  if (fault) throw invalidArgument(`invalid resize ${side} ${JSON.stringify(text)}: ${fault}`);
  return Number(text);
}
