/** Go's time.ParseDuration: `1h30m`, `1.5s`, `300ms`; nanoseconds, as Docker stores them. */
import { Fault } from './fault.ts';

const NANOSECONDS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Throws Fault in Go's words. */
export function parseDuration(text: string): number {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0;
  if (body === '') throw new Fault(`time: invalid duration ${JSON.stringify(text)}`, text);
  let total = 0;
  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;
  while (part.lastIndex < body.length) {
    const [, amount, unit = ''] = part.exec(body) ?? [];
    if (amount === undefined) throw new Fault(`time: invalid duration ${JSON.stringify(text)}`, text);
    total += Number(amount) * unitOf(unit, text);
  }
  return Math.round(sign === '-' ? -total : total);
}

function unitOf(unit: string, text: string): number {
  const shown = JSON.stringify(text);
  if (unit === '') throw new Fault(`time: missing unit in duration ${shown}`, text);
  const size = Object.hasOwn(NANOSECONDS, unit) ? NANOSECONDS[unit] : undefined;
  if (size === undefined)
    throw new Fault(`time: unknown unit ${JSON.stringify(unit)} in duration ${shown}`, text);
  return size;
}

/** Go's Duration.String: `1h30m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 0) return `-${formatDuration(-nanoseconds)}`;
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = `${(nanoseconds % 60e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
