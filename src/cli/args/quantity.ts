// Amounts as people type them: sizes, lengths of time and fractions of a CPU.

const powers = ['', 'k', 'm', 'g', 't', 'p'];

/** Reads '512m', '1.5GiB' or '1024' as bytes; units are powers of 1024. */
export function parseSize(text: string): number {
  const parts = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim());
  if (!parts) throw new Error(`invalid size: '${text}'`);
  const unit = (parts[2] ?? '').toLowerCase();
  const power = unit === 'b' ? 0 : powers.indexOf(unit.replace(/(?<=[kmgtp])i?b?$/, ''));
  if (power < 0) throw new Error(`invalid suffix: '${parts[2]}'`);
  return Math.trunc(Number(parts[1]) * 1024 ** power);
}

const nanosPer: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Reads '1h30m', '250ms' or '0' as nanoseconds. */
export function parseDuration(text: string): number {
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0;
  if (!/^(\d+(\.\d*)?|\.\d+)/.test(body)) throw new Error(`time: invalid duration "${text}"`);
  if (/^[\d.]+$/.test(body)) throw new Error(`time: missing unit in duration "${text}"`);
  const parts = [...body.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.map((part) => part[0]).join('') !== body) throw new Error(`time: invalid duration "${text}"`);
  const total = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (nanosPer[unit ?? ''] ?? 0),
    0,
  );
  return Math.round(text.startsWith('-') ? -total : total);
}

/** Reads '1.5' as 1 500 000 000: CPUs in billionths. */
export function parseDecimalNanos(text: string): number {
  if (!/^\d*\.?\d+$/.test(text)) throw new Error(`failed to parse ${text} as a rational number`);
  const nanos = Number(text) * 1e9;
  if (Math.abs(nanos - Math.round(nanos)) > 1e-3) throw new Error('value is too precise');
  return Math.round(nanos);
}
