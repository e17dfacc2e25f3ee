// The functions that a template can call: Go's own and those that Docker's client adds.

import { isZero } from './go-types.ts';
import { goType, printValue, sprint, sprintf } from './print.ts';

export type TemplateFunction = (...values: readonly unknown[]) => unknown;

/** Go's idea of true: not empty and not zero. */
export function truth(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

export const builtins: Readonly<Record<string, TemplateFunction>> = {
  and: (...values) => values.find((value) => !truth(value)) ?? values.at(-1),
  or: (...values) => values.find(truth) ?? values.at(-1),
  not: (value) => !truth(value),
  eq: (first, ...others) => others.some((other) => other === first),
  ne: (a, b) => a !== b,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => lengthOf(value),
  index: (value, ...keys) => keys.reduce(indexOne, value),
  slice: (value, from, to) => sliceOf(value, from, to),
  call: (value) => {
    throw new Error(`non-function of type ${goType(value)}`);
  },
  print: sprint,
  println: (...values) => `${values.map(printValue).join(' ')}\n`,
  printf: (format, ...values) => sprintf(String(format), values),
  html: (value) => escapeHtml(printValue(value)),
  js: (value) => JSON.stringify(printValue(value)).slice(1, -1).replaceAll("'", "\\'"),
  urlquery: (value) => encodeURIComponent(printValue(value)).replaceAll('%20', '+'),
  json: (value) => (value === undefined || isZero(value) ? 'null' : JSON.stringify(value)),
  split: (text, by) => String(text).split(String(by)),
  join: (values, by) => (Array.isArray(values) ? values.map(printValue) : []).join(String(by)),
  upper: (text) => String(text).toUpperCase(),
  lower: (text) => String(text).toLowerCase(),
  title: (text) => String(text).replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()),
  pad: (text, before, after) =>
    text ? ' '.repeat(Number(before)) + String(text) + ' '.repeat(Number(after)) : '',
  truncate: (text, length) => String(text).slice(0, Number(length)),
};

/** In the heading of a table the same template is applied to the names of the columns. */
export const headingBuiltins: Readonly<Record<string, TemplateFunction>> = Object.fromEntries(
  ['json', 'split', 'join', 'upper', 'lower', 'title', 'truncate', 'pad', 'printf', 'index', 'len'].map(
    (name) => [name, (...values: readonly unknown[]) => (name === 'printf' ? values[1] : values[0])],
  ),
);

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  throw new Error('incompatible types for comparison');
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new Error(
    value === undefined || value === null ? 'len of nil pointer' : `len of type ${typeof value}`,
  );
}

function indexOne(value: unknown, key: unknown): unknown {
  if (value === undefined || value === null) throw new Error('index of untyped nil');
  if (Array.isArray(value)) {
    if (typeof key !== 'number') throw new Error(`cannot index slice/array with type ${typeof key}`);
    if (key < 0 || key > value.length) throw new Error(`index out of range: ${key}`);
    if (key === value.length) throw new Error('reflect: slice index out of range');
    return value[key];
  }
  if (typeof value === 'string' && typeof key === 'number') return Buffer.from(value)[key];
  if (typeof value !== 'object') throw new Error(`can't index item of type ${typeof value}`);
  if (Object.hasOwn(value, String(key))) return value[String(key) as keyof typeof value];
  // A map of strings answers its zero value.
  return Object.values(value).every((one) => typeof one === 'string') ? '' : undefined;
}

function sliceOf(value: unknown, from: unknown = 0, to?: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new Error(`can't slice item of type ${typeof value}`);
  return value.slice(Number(from), to === undefined ? undefined : Number(to));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
