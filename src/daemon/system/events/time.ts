/** `since` and `until`: seconds since 1970, with up to nine digits behind the point. */
import { invalidArgument } from '../../../core/errors.ts';

/** Nanoseconds. */
export function parseEventTime(text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const [, seconds, fraction = ''] = /^(-?\d{1,18})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (seconds === undefined) throw invalidArgument(`invalid timestamp: ${JSON.stringify(text)}`);
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
