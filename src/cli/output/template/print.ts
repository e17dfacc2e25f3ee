// How Go prints a value: `[a b]` for lists, `map[k:v]` for maps.

export function printValue(value: unknown): string {
  if (value === undefined) return '<no value>';
  return printInner(value);
}

function printInner(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printInner).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${pairs.map(([key, inner]) => `${key}:${printInner(inner)}`).join(' ')}]`;
}

/** Go's %s, %q, %v, %d, %x, %f, %t with flags, width and precision. */
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
  const extra = values.slice(next).map((value) => `${typeof value}=${printInner(value)}`);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

function formatOne(verb: string, value: unknown, precision: number | undefined): string {
  if (verb === 'q') return JSON.stringify(printInner(value));
  if (verb === 'x')
    return typeof value === 'number' ? value.toString(16) : Buffer.from(String(value)).toString('hex');
  if (verb === 'f') return Number(value).toFixed(precision ?? 6);
  if (verb === 'e') return Number(value).toExponential(precision ?? 6);
  if (verb === 'd') return Number.isInteger(value) ? String(value) : `%!d(${printInner(value)})`;
  if (verb === 's' && precision !== undefined) return printInner(value).slice(0, precision);
  return printInner(value);
}
