/** The `--name[=value]` flags of an instruction, checked against those that it has. */
import { Fault, suggest } from './fault.ts';

export type FlagKind = 'string' | 'boolean' | 'list';

export interface FlagValues {
  text(name: string): string | undefined;
  isSet(name: string): boolean;
  list(name: string): string[];
}

/** Throws Fault in BuildKit's words for a flag that is unknown, given twice, or has a value that it cannot have. */
export function readFlags(written: readonly string[], known: Record<string, FlagKind>): FlagValues {
  const values = new Map<string, string[]>();
  for (const flag of written) {
    const [name, value] = splitFlag(flag);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const candidates = Object.keys(known);
      throw new Fault(`unknown flag: --${name}${suggest(name, candidates)}`, `--${name}`);
    }
    const before = values.get(name);
    if (before && kind !== 'list') throw new Fault(`Duplicate flag specified: ${name}`, `--${name}`);
    values.set(name, [
      ...(before ?? []),
      kind === 'boolean' ? booleanOf(name, value) : required(name, value),
    ]);
  }
  return {
    text: (name) => values.get(name)?.[0],
    isSet: (name) => values.get(name)?.[0] === 'true',
    list: (name) => values.get(name) ?? [],
  };
}

function splitFlag(flag: string): [name: string, value: string | undefined] {
  const equals = flag.indexOf('=');
  return equals < 0 ? [flag.slice(2), undefined] : [flag.slice(2, equals), flag.slice(equals + 1)];
}

function booleanOf(name: string, value: string | undefined): string {
  if (value === undefined) return 'true';
  if (value === '') throw missing(name);
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower;
  throw new Fault(`Expecting boolean value for flag ${name}, not: ${value}`, value);
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw missing(name);
  return value;
}

const missing = (name: string) => new Fault(`Missing a value on flag: ${name}`, `--${name}`);
