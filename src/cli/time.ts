// Points in time as people give them: '42m' ago, a date, or seconds since 1970.

import { parseDuration } from './args/quantity.ts';
import { ExitError } from './exit.ts';

/** Seconds since 1970 with nine decimals, as the API takes them; '' stays ''. */
export function toUnixTime(text: string, now: number, what: string): string {
  if (text === '' || /^-?\d+(\.\d+)?$/.test(text)) return text;
  const relative = tryDuration(text);
  if (relative !== undefined) return seconds(now * 1e6 - relative);
  const date = /^(\d{4}-\d\d-\d\d)(?:T(\d\d(?::\d\d)?(?::\d\d)?)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!date) {
    const where = what === '' ? '' : `invalid value for "${what}": `;
    throw new ExitError(`${where}failed to parse value as time or duration: ${JSON.stringify(text)}`);
  }
  const [, day, clock = '00', fraction = '', zone = ''] = date;
  const whole = Date.parse(`${day}T${clock.padEnd(5, ':00').padEnd(8, ':00')}${zone}`);
  return `${Math.trunc(whole / 1000)}.${fraction.slice(1).padEnd(9, '0')}`;
}

function tryDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

function seconds(nanos: number): string {
  return `${Math.floor(nanos / 1e9)}.${String(Math.floor(nanos % 1e9)).padStart(9, '0')}`;
}
