// The kinds of flag a command can declare. A command's flags are a table of these; parse.ts fills it in
// from the command line and help.ts prints it.

import { parseDecimalNanos, parseDuration, parseSize } from './quantity.ts';

export interface Flag<T> {
  /** The word shown after the flag in help; '' when the flag takes no value. */
  readonly label: string;
  readonly help: string;
  readonly initial: T;
  /** Folds one occurrence into the value; throws an Error whose text says what is wrong. */
  readonly take: (text: string, previous: T) => T;
  readonly short?: string;
  /** The value that a bare `--flag` stands for. */
  readonly bare?: string;
  /** How help shows the default, when it does. */
  readonly shown?: string;
  readonly hidden?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a table mixes flags of many types, and `take` is contravariant.
export type Flags = Readonly<Record<string, Flag<any>>>;
export type Values<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

interface Look {
  short?: string;
  hidden?: boolean;
  label?: string;
}

export function bool(help: string, look: Look & { initial?: boolean } = {}): Flag<boolean> {
  const initial = look.initial ?? false;
  return { label: '', help, bare: 'true', take: parseBool, shown: initial ? 'true' : '', ...look, initial };
}

/** Undefined where the flag is not given: some ask whether it was, not what it says. */
export function optionalBool(help: string): Flag<boolean | undefined> {
  return { label: '', help, bare: 'true', take: parseBool, shown: '', initial: undefined };
}

export function string(help: string, look: Look & { initial?: string } = {}): Flag<string> {
  const initial = look.initial ?? '';
  return { label: 'string', help, take: (text) => text, shown: initial && `"${initial}"`, ...look, initial };
}

export function int(help: string, look: Look & { initial?: number } = {}): Flag<number> {
  const initial = look.initial ?? 0;
  return { label: 'int', help, take: parseInteger, shown: initial ? `${initial}` : '', ...look, initial };
}

/** A number without a sign, of so many bits. */
export function uint(bits: 16 | 64, help: string): Flag<number> {
  const take = (text: string) => parseUnsigned(text, bits);
  return { label: bits === 64 ? 'uint' : `uint${bits}`, help, take, shown: '', initial: 0 };
}

/** A flag that may be given several times, each time with one value. */
export function list(help: string, look: Look = {}): Flag<readonly string[]> {
  return { label: 'list', help, take: (text, previous) => [...previous, text], ...look, initial: [] };
}

/** A list whose values are checked one by one; `check` answers the value to keep, or throws. */
export function checked(
  help: string,
  check: (text: string) => string,
  look: Look = {},
): Flag<readonly string[]> {
  return { label: 'list', help, take: (text, all) => [...all, check(text)], ...look, initial: [] };
}

/** Like list, but one occurrence may carry several values separated by commas. */
export function strings(help: string, look: Look = {}): Flag<readonly string[]> {
  return { label: 'strings', help, take: (text, all) => [...all, ...text.split(',')], ...look, initial: [] };
}

export function map(help: string, look: Look = {}): Flag<Readonly<Record<string, string>>> {
  return { label: 'map', help, take: addPair, ...look, initial: {} };
}

export function filter(help: string, look: Look = {}): Flag<readonly string[]> {
  return { label: 'filter', help, take: addFilter, ...look, initial: [] };
}

/** An amount of memory; the value is in bytes. `-1` stands for "no limit" where `unlimited` is set. */
export function bytes(help: string, look: Look & { unlimited?: boolean } = {}): Flag<number> {
  const { unlimited, ...rest } = look;
  const take = (text: string) => (unlimited && text === '-1' ? -1 : parseSize(text));
  return { label: 'bytes', help, take, ...rest, initial: 0 };
}

/** A length of time; the value is in nanoseconds. */
export function duration(help: string, look: Look = {}): Flag<number> {
  return { label: 'duration', help, take: parseDuration, ...look, initial: 0 };
}

/** A number of CPUs; the value is in billionths of one. */
export function cpus(help: string, look: Look = {}): Flag<number> {
  return { label: 'decimal', help, take: parseDecimalNanos, ...look, initial: 0 };
}

/** A repeatable flag whose values have a grammar of their own. */
export function each<T>(
  label: string,
  help: string,
  parse: (text: string) => T,
  look: Look = {},
): Flag<readonly T[]> {
  return { label, help, take: (text, all) => [...all, parse(text)], ...look, initial: [] };
}

function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new Error(`strconv.ParseBool: parsing "${text}": invalid syntax`);
}

function parseInteger(text: string): number {
  if (!/^[+-]?(\d+|0x[\da-f]+)$/i.test(text))
    throw new Error(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text);
}

function parseUnsigned(text: string, bits: number): number {
  const refused = (why: string) => new Error(`strconv.ParseUint: parsing "${text}": ${why}`);
  if (!/^(\d+|0x[\da-f]+)$/i.test(text)) throw refused('invalid syntax');
  if (Number(text) >= 2 ** bits) throw refused('value out of range');
  return Number(text);
}

function addPair(text: string, previous: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const cut = text.indexOf('=');
  const [key, value] = cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
  return { ...previous, [key]: value };
}

function addFilter(text: string, previous: readonly string[]): readonly string[] {
  if (text === '') return previous;
  if (!text.includes('=')) throw new Error('bad format of filter (expected name=value)');
  return [...previous, text];
}
