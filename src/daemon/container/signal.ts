/** Signals by number or name, with or without `SIG`, real-time ones too: signal(7). */
import { constants } from 'node:os';
import { invalidArgument } from '../../core/errors.ts';

export const SIGKILL = constants.signals.SIGKILL;
export const DEFAULT_STOP_SIGNAL = 'SIGTERM';

/** signal(7): glibc keeps 32 and 33 for itself, so the first real-time signal a program sees is 34. */
const RTMIN = 34;
const RTMAX = 64;

export function parseSignal(text: string): number {
  if (/^\d+$/.test(text)) return inRange(Number(text), text);
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime) {
    const offset = Number(`${realTime[2] ?? '+'}${realTime[3] ?? 0}`);
    return inRange((realTime[1] === 'MIN' ? RTMIN : RTMAX) + offset, text);
  }
  const number = (constants.signals as Record<string, number | undefined>)[name];
  if (number === undefined) throw invalidArgument(`Invalid signal: ${text}`);
  return number;
}

function inRange(number: number, text: string): number {
  if (number < 1 || number > RTMAX) throw invalidArgument(`Invalid signal: ${text}`);
  return number;
}
