// How Go prints a value: `[a b]` for lists, `map[k:v]` for maps, `{a b}` for structs.

import { GoDuration, structFields } from './go-types.ts';

export function printValue(value: unknown): string {
  if (value === undefined) return '<no value>';
  return printInner(value);
}

function printInner(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printInner).join(' ')}]`;
  if (typeof value !== 'object' || value instanceof GoDuration) return String(value);
  const fields = structFields(value);
  if (fields) return `{${fields.map(printInner).join(' ')}}`;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const show = isSet(value) ? () => '{}' : printInner;
  return `map[${pairs.map(([key, inner]) => `${key}:${show(inner)}`).join(' ')}]`;
}

/** Go has no sets but maps to an empty struct. */
function isSet(value: object): boolean {
  const members = Object.values(value);
  return (
    members.length > 0 &&
    members.every((one) => typeof one === 'object' && one !== null && Object.keys(one).length === 0)
  );
}

/** Go's Sprint: a space between two values neither of which is text. */
export function sprint(...values: readonly unknown[]): string {
  return values
    .map((value, index) => {
      const apart = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
      return (apart ? ' ' : '') + printValue(value);
    })
    .join('');
}

/** Go's %s, %q, %v, %d, %x, %f, %t, %T with flags, width and precision. */
export function sprintf(format: string, values: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags, width, precision, verb) => {
      if (verb === '%') return '%';
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const shown = formatOne(verb, values[next++], precision === undefined ? undefined : Number(precision));
      const signed = flags.includes('+') && /^\d/.test(shown) && 'dfeg'.includes(verb) ? `+${shown}` : shown;
      if (flags.includes('-')) return signed.padEnd(Number(width));
      return signed.padStart(Number(width), flags.includes('0') ? '0' : ' ');
    },
  );
  const extra = values.slice(next).map((value) => `${goType(value)}=${printInner(value)}`);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

/** A verb that does not fit the value is told in the text, as Go does. */
function formatOne(verb: string, value: unknown, precision: number | undefined): string {
  const show = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  const shown = show?.(value, precision);
  return shown ?? `%!${verb}(${goType(value)}=${printInner(value)})`;
}

type Verb = (value: unknown, precision: number | undefined) => string | undefined;

const whenNumber =
  (show: (value: number, precision: number | undefined) => string): Verb =>
  (value, precision) =>
    typeof value === 'number' ? show(value, precision) : undefined;

const verbs: Readonly<Record<string, Verb>> = {
  v: (value) => printInner(value),
  s: (value, precision) =>
    typeof value === 'number' || typeof value === 'boolean'
      ? undefined
      : printInner(value).slice(0, precision),
  q: (value) =>
    Array.isArray(value)
      ? `[${value.map((one) => JSON.stringify(printInner(one))).join(' ')}]`
      : JSON.stringify(printInner(value)),
  d: whenNumber((value) => (Number.isInteger(value) ? String(value) : `%!d(float64=${value})`)),
  x: (value) => (typeof value === 'number' ? value.toString(16) : Buffer.from(String(value)).toString('hex')),
  f: whenNumber((value, precision) => value.toFixed(precision ?? 6)),
  e: whenNumber((value, precision) => value.toExponential(precision ?? 6)),
  g: whenNumber((value) => String(value)),
  t: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  T: (value) => goType(value),
};

/** The type that a value of the engine's JSON has in Go, as far as it can be told. */
export function goType(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  const members = Object.values(value);
  const inner =
    members.length > 0 && members.every((one) => typeof one === 'string') ? 'string' : 'interface {}';
  return Array.isArray(value) ? `[]${inner}` : `map[string]${inner}`;
}
