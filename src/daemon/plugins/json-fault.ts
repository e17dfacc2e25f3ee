/**
 * What is wrong with a JSON text, in the words of Go's decoder (encoding/json, scanner.go): Docker's clients show
 * them, and tests look for them. Bytes are looked at one by one, as Go does.
 */

/** A place in the text that moves on as it is read. */
interface Cursor {
  readonly text: string;
  at: number;
}

/** Undefined if it is one document with nothing behind it. */
export function jsonFault(document: string): string | undefined {
  const cursor: Cursor = { text: Buffer.from(document).toString('latin1'), at: 0 };
  const fault = valueFault(cursor);
  if (fault !== undefined) return `invalid JSON: ${fault}`;
  return next(cursor) === undefined ? undefined : 'unexpected content after JSON';
}

/** Go's decoder stops at 10,000; nothing in the API is deeper than ten, and whoever walks it does so by recursion. */
const DEEPEST = 1000;

/** Whether brackets are within each other deeper than anybody means. Of any text, in one pass: what is no JSON may be, too. */
export function isTooDeep(document: string): boolean {
  if (document.length <= DEEPEST) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < document.length && depth <= DEEPEST; at++) {
    const char = document[at];
    if (char === '"') isText = !isText;
    else if (isText) at += char === '\\' ? 1 : 0;
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
  }
  return depth > DEEPEST;
}

/** A part of the text that can go wrong; undefined where it did not. */
type Fault = string | undefined;

function valueFault(cursor: Cursor): Fault {
  const char = next(cursor);
  if (char === '{') return membersFault(cursor, '}', memberFault, 'after object key:value pair');
  if (char === '[') return membersFault(cursor, ']', valueFault, 'after array element');
  if (char === '"') return stringFault(cursor);
  if (char !== undefined && /[-0-9]/.test(char)) return numberFault(cursor);
  const word = ['true', 'false', 'null'].find(([first]) => first === char);
  return word === undefined ? unexpected(cursor, 'looking for beginning of value') : wordFault(cursor, word);
}

/** What is between a pair of brackets, with commas. */
function membersFault(cursor: Cursor, end: string, member: (at: Cursor) => Fault, context: string): Fault {
  cursor.at++;
  if (next(cursor) === end) return take(cursor);
  for (;;) {
    const fault = member(cursor);
    if (fault !== undefined) return fault;
    const char = next(cursor);
    if (char === end) return take(cursor);
    if (char !== ',') return unexpected(cursor, context);
    cursor.at++;
  }
}

function memberFault(cursor: Cursor): Fault {
  if (next(cursor) !== '"') return unexpected(cursor, 'looking for beginning of object key string');
  const fault = stringFault(cursor);
  if (fault !== undefined) return fault;
  if (next(cursor) !== ':') return unexpected(cursor, 'after object key');
  cursor.at++;
  return valueFault(cursor);
}

function stringFault(cursor: Cursor): Fault {
  cursor.at++;
  for (;;) {
    skip(cursor, /[ -!#-[\]-\xff]*/y);
    const char = cursor.text[cursor.at];
    if (char === '"') return take(cursor);
    if (char !== '\\') return unexpected(cursor, 'in string literal');
    cursor.at++;
    const fault = escapeFault(cursor);
    if (fault !== undefined) return fault;
  }
}

function escapeFault(cursor: Cursor): Fault {
  const char = cursor.text[cursor.at] ?? '';
  if (!/[bfnrtu"\\/]/.test(char)) return unexpected(cursor, 'in string escape code');
  cursor.at++;
  if (char !== 'u') return undefined;
  return skip(cursor, /[0-9a-f]{0,4}/iy) === 4
    ? undefined
    : unexpected(cursor, 'in \\u hexadecimal character escape');
}

function numberFault(cursor: Cursor): Fault {
  skip(cursor, /-?/y);
  if (skip(cursor, /0|[1-9]\d*/y) === 0) return unexpected(cursor, 'in numeric literal');
  if (skip(cursor, /\./y) === 1 && skip(cursor, /\d+/y) === 0)
    return unexpected(cursor, 'after decimal point in numeric literal');
  if (skip(cursor, /e[-+]?/iy) > 0 && skip(cursor, /\d+/y) === 0)
    return unexpected(cursor, 'in exponent of numeric literal');
  return undefined;
}

function wordFault(cursor: Cursor, word: string): Fault {
  for (const expected of word) {
    if (cursor.text[cursor.at] !== expected)
      return unexpected(cursor, `in literal ${word} (expecting '${expected}')`);
    cursor.at++;
  }
  return undefined;
}

/** The character that comes after blanks. */
function next(cursor: Cursor): string | undefined {
  skip(cursor, /[ \t\r\n]*/y);
  return cursor.text[cursor.at];
}

/** Goes past what the sticky pattern matches here; how much that was. */
function skip(cursor: Cursor, pattern: RegExp): number {
  pattern.lastIndex = cursor.at;
  const [matched = ''] = pattern.exec(cursor.text) ?? [];
  cursor.at += matched.length;
  return matched.length;
}

/** One character, which was looked at already. */
function take(cursor: Cursor): undefined {
  cursor.at++;
}

function unexpected({ text, at }: Cursor, context: string): string {
  const char = text[at];
  return char === undefined ? 'unexpected EOF' : `invalid character ${quoted(char)} ${context}`;
}

/** As Go's strconv.Quote writes it, between single quotes. */
function quoted(char: string): string {
  if (char === "'") return String.raw`'\''`;
  if (char === '"') return `'"'`;
  const escaped = JSON.stringify(char).slice(1, -1);
  return `'${escaped.replace(/^\\u00/, '\\x')}'`;
}
