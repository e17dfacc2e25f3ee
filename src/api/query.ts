/** Reading a query string as dockerd does. Free of typebox, so that the CLI may import it at no cost. */

const FALSE = new Set(['', '0', 'no', 'false', 'none']);

/** Docker's BoolValue: absent, '', 0, no, false and none are false; any other text is true. */
export function flag(text: string | undefined, absent = false): boolean {
  return text === undefined ? absent : !FALSE.has(text.trim().toLowerCase());
}

/** A decimal integer; `undefined` if absent or empty, NaN if it is none. */
export function number(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** A parameter that may be repeated, as a list. */
export function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Filter name → the values given for it, at least one each. */
export type Filters = Map<string, string[]>;

/** The text is no filter map at all; `message` is Docker's. */
export class InvalidFilter extends Error {
  override name = 'InvalidFilter';
}

/**
 * `{"label":["a","b"]}` or, as clients before API 1.22 wrote it, `{"label":{"a":true,"b":true}}`. With `accepted`,
 * other names are refused: `invalid filter 'x'`. Throws InvalidFilter.
 */
export function parseFilters(text: string | undefined, accepted?: readonly string[]): Filters {
  const filters: Filters = new Map();
  if (text === undefined || text === '') return filters;
  for (const [name, given] of Object.entries(filterObject(text))) {
    if (accepted && !accepted.includes(name)) throw new InvalidFilter(`invalid filter '${name}'`);
    const values = filterValues(given);
    if (values.length > 0) filters.set(name, values);
  }
  return filters;
}

/** Reads a filter that is a flag (`dangling=true`). Throws InvalidFilter for anything but 1/0/true/false. */
export function filterFlag(filters: Filters, name: string, absent: boolean): boolean {
  const values = filters.get(name);
  if (values === undefined) return absent;
  const truths = new Set(values.map((value) => filterTruth(name, value)));
  if (truths.size !== 1) throw new InvalidFilter(`invalid filter '${name}=[${values.join(' ')}]'`);
  return truths.has(true);
}

/** `label=key`, `label=key=value`; every one must hold. */
export function matchesLabels(labels: Record<string, string>, wanted: readonly string[]): boolean {
  return wanted.every((want) => {
    const at = want.indexOf('=');
    const key = at < 0 ? want : want.slice(0, at);
    if (!Object.hasOwn(labels, key)) return false;
    return at < 0 || labels[key] === want.slice(at + 1);
  });
}

function filterObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new InvalidFilter('invalid filter');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InvalidFilter('invalid filter');
  }
  return parsed as Record<string, unknown>;
}

function filterValues(given: unknown): string[] {
  if (Array.isArray(given) && given.every((value) => typeof value === 'string')) return given;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return Object.entries(given).flatMap(([value, on]) => (on === true ? [value] : []));
  }
  throw new InvalidFilter('invalid filter');
}

function filterTruth(name: string, value: string): boolean {
  if (value === '1' || value.toLowerCase() === 'true') return true;
  if (value === '0' || value.toLowerCase() === 'false') return false;
  throw new InvalidFilter(`invalid filter '${name}=[${value}]'`);
}
