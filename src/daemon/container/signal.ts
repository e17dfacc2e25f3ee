/** Signals by number or name, with or without `SIG`, real-time ones too: signal(7). */
import { constants } from 'node:os';
import { invalidArgument } from '../../core/errors.ts';

export const SIGKILL = constants.signals.SIGKILL;
export const DEFAULT_STOP_SIGNAL = 'SIGTERM';

/** signal(7): glibc keeps 32 and 33 for itself, so the first real-time signal a program sees is 34. */
const RTMIN = 34;
const RTMAX = 64;
const LAST_STANDARD = 31;

/**
 * Any number but zero passes, as in dockerd: a stop signal that no kernel knows ends the container with SIGKILL. What
 * is to be sent now goes through `supportedSignal` besides.
 */
export function parseSignal(text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return notZero(Number(text), text);
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime) {
    const offset = Number(`${realTime[2] ?? '+'}${realTime[3] ?? 0}`);
    return realTimeSignal((realTime[1] === 'MIN' ? RTMIN : RTMAX) + offset, text);
  }
  const number = (constants.signals as Record<string, number | undefined>)[name];
  if (number === undefined) throw invalidArgument(`Invalid signal: ${text}`);
  return number;
}

/** Whether kill(2) takes it at all, those of glibc too. */
export function isSignal(number: number): boolean {
  return number >= 1 && number <= RTMAX;
}

/** Throws `invalid-argument` for what no program can be meant to see. */
export function supportedSignal(number: number): number {
  if (!isSignal(number) || (number > LAST_STANDARD && number < RTMIN))
    throw invalidArgument(`The linux daemon does not support signal ${number}`);
  return number;
}

function notZero(number: number, text: string): number {
  if (number === 0) throw invalidArgument(`Invalid signal: ${text}`);
  return number;
}

function realTimeSignal(number: number, text: string): number {
  if (number < RTMIN || number > RTMAX) throw invalidArgument(`Invalid signal: ${text}`);
  return number;
}
