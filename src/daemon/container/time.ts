/** Points in time as clients name them: Unix seconds with a fraction, RFC 3339, or a Go duration before now. */
import { invalidArgument } from '../../core/errors.ts';

const UNIT: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds since 1970. Throws `invalid-argument`. */
export function parseTime(text: string, now = Date.now() * 1e6): number {
  if (/^\d+(\.\d+)?$/.test(text)) return unixNano(text);
  const ago = goDuration(text);
  if (ago !== undefined) return now - ago;
  const date = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(date))
    throw invalidArgument(
      `failed to parse value for "since" or "until": invalid time ${JSON.stringify(text)}`,
    );
  return date * 1e6;
}

/** The same to the nanosecond where it is told in seconds: clients go on reading a log from its last time stamp. */
export function parseMoment(text: string): bigint {
  const [, seconds, fraction = ''] = /^(\d{1,18})(?:\.(\d{1,9})\d*)?$/.exec(text) ?? [];
  if (seconds === undefined) return BigInt(Math.floor(parseTime(text)));
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function unixNano(text: string): number {
  const [seconds = '0', fraction = ''] = text.split('.');
  return Number(seconds) * 1e9 + Number(fraction.padEnd(9, '0').slice(0, 9));
}

/** `1h30m`, `10s`; nanoseconds. */
export function goDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT[unit ?? ''] ?? 0), 0);
}
