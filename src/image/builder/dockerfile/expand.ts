/**
 * Variables and quotes in a Dockerfile's words: `$x`, `${x:-y}` and all the other modifiers, single and double
 * quotes, the escape character. What a shell would do, less command substitution. BuildKit's rules: an unset
 * variable is empty, and each instruction sees the values from before it.
 */
import { replace, trimPrefix, trimSuffix } from '../pattern/shell.ts';
import { Fault } from './fault.ts';

export interface ExpandOptions {
  /** Undefined: not set. */
  lookup: (name: string) => string | undefined;
  escapeChar: string;
  /** Keep quotes and escapes in the result: for looking at words, not for using them. */
  raw?: boolean;
  /** A dollar sign is a letter like any other. */
  plainDollar?: boolean;
}

/** One word, whatever blanks its variables hold. Throws Fault. */
export function expandWord(text: string, options: ExpandOptions): string {
  return expanded(text, options).text;
}

/** As a shell splits: at blanks outside quotes, those from variables too. Throws Fault. */
export function expandWords(text: string, options: ExpandOptions): string[] {
  return expanded(text, options).words.filter((word) => word !== '');
}

/** Of one word, and of a here-document: variables that hold variables double with each line. */
const LONGEST_WORD = 1024 * 1024;
const LONGEST_HEREDOC = 64 * 1024 * 1024;

function expanded(text: string, options: ExpandOptions): { text: string; words: string[] } {
  try {
    return scanUntil(start(text, options), undefined);
  } catch (error) {
    if (!(error instanceof Fault) || options.plainDollar) throw error;
    throw new Fault(`failed to process ${JSON.stringify(cut(text))}: ${error.message}`, error.word ?? text);
  }
}

const cut = (text: string) => (text.length <= 200 ? text : `${text.slice(0, 200)}…`);

/** The content of a here-document: quotes are letters; an escape goes, whatever it escapes, as with BuildKit. */
export function expandHeredoc(text: string, options: ExpandOptions): string {
  const scan = start(text, options);
  let result = '';
  while (scan.at < scan.chars.length) {
    const char = peek(scan);
    if (char === '$') result += dollar(scan);
    else if (char !== scan.escapeChar) result += next(scan);
    else {
      scan.at++;
      result += next(scan);
    }
    if (result.length > LONGEST_HEREDOC) throw new Fault('a here-document expands to more than 64 MiB');
  }
  return result;
}

interface Scan extends ExpandOptions {
  chars: string[];
  at: number;
  keepEscapes: boolean;
}

function start(text: string, options: ExpandOptions): Scan {
  return { ...options, chars: Array.from(text), at: 0, keepEscapes: options.raw ?? false };
}

/** The text up to `stop` (or the end), and the same split into words. The stop character is consumed. */
function scanUntil(scan: Scan, stop: string | undefined): { text: string; words: string[] } {
  const words = wordList();
  let text = '';
  const take = (piece: string, splits: boolean) => {
    text += piece;
    if (text.length > LONGEST_WORD) throw new Fault('it expands to more than 1 MiB');
    words.add(piece, splits);
  };
  while (scan.at < scan.chars.length) {
    const char = peek(scan);
    if (char === stop) {
      scan.at++;
      return { text, words: words.finish() };
    }
    if (char === "'") take(singleQuoted(scan), false);
    else if (char === '"') take(doubleQuoted(scan), false);
    else if (char === '$' && !scan.plainDollar) take(dollar(scan), true);
    else if (char === scan.escapeChar) take(escaped(scan), false);
    else take(next(scan), true);
  }
  if (stop !== undefined) throw new Fault(`unexpected end of statement while looking for matching ${stop}`);
  return { text, words: words.finish() };
}

function escaped(scan: Scan): string {
  const escapeChar = next(scan);
  return (scan.keepEscapes ? escapeChar : '') + next(scan);
}

/** All is literal up to the next single quote; there is no escape (sh(1), "Single Quotes"). */
function singleQuoted(scan: Scan): string {
  const quote = next(scan);
  let text = scan.raw ? quote : '';
  while (scan.at < scan.chars.length) {
    const char = next(scan);
    if (char === quote) return scan.raw ? text + quote : text;
    text += char;
  }
  throw new Fault('unexpected end of statement while looking for matching single-quote', quote);
}

function doubleQuoted(scan: Scan): string {
  const quote = next(scan);
  let text = scan.raw ? quote : '';
  while (scan.at < scan.chars.length) {
    const char = peek(scan);
    if (char === quote) {
      scan.at++;
      return scan.raw ? text + quote : text;
    }
    if (char === '$' && !scan.plainDollar) text += dollar(scan);
    else if (char === scan.escapeChar) text += escapedInQuotes(scan);
    else text += next(scan);
  }
  throw new Fault('unexpected end of statement while looking for matching double-quote', quote);
}

/** Within double quotes only `"`, `$` and the escape character itself can be escaped. */
function escapedInQuotes(scan: Scan): string {
  const escapeChar = next(scan);
  const following = peek(scan);
  if (following === '') return '';
  if (following === '"' || following === '$' || following === scan.escapeChar) {
    return (scan.keepEscapes ? escapeChar : '') + next(scan);
  }
  return escapeChar;
}

function dollar(scan: Scan): string {
  scan.at++;
  if (peek(scan) !== '{') {
    const name = variableName(scan);
    if (name === '') return '$';
    return scan.lookup(name) ?? '';
  }
  scan.at++;
  const first = peek(scan);
  if (first === '') throw new Fault("syntax error: missing '}'", '${');
  if (first === '{' || first === '}' || first === ':')
    throw new Fault('syntax error: bad substitution', `\${${first}`);
  return substitution(scan, variableName(scan));
}

/** Behind `${name`. */
function substitution(scan: Scan, name: string): string {
  const value = scan.lookup(name);
  const operator = next(scan);
  if (operator === '') throw new Fault("syntax error: missing '}'", `\${${name}`);
  if (operator === '}') return value ?? '';
  if (operator === '/') return replacement(scan, value ?? '');
  const colon = operator === ':';
  const kind = colon ? next(scan) : operator;
  if (kind === '' || !(colon ? '-+?' : '-+?#%').includes(kind)) throw unsupported(colon ? `:${kind}` : kind);
  const word = operand(scan, '}', kind === '#' || kind === '%', "syntax error: missing '}'");
  return modify(name, value, kind, colon, word);
}

function modify(name: string, value: string | undefined, kind: string, colon: boolean, word: string): string {
  const isUnset = value === undefined || (colon && value === '');
  switch (kind) {
    case '-':
      return isUnset ? word : value;
    case '+':
      return isUnset ? '' : word;
    case '?':
      if (!isUnset) return value;
      throw new Fault(
        `${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`,
        name,
      );
    default: {
      const longest = word.startsWith(kind);
      const pattern = longest ? word.slice(1) : word;
      const trim = kind === '#' ? trimPrefix : trimSuffix;
      return pattern === '' ? (value ?? '') : asFault(pattern, () => trim(value ?? '', pattern, longest));
    }
  }
}

/** Behind `${name/`. */
function replacement(scan: Scan, value: string): string {
  const all = peek(scan) === '/';
  if (all) scan.at++;
  const pattern = operand(scan, '/', true, `syntax error: missing '/' in \${}`);
  const insert = operand(scan, '}', true, "syntax error: missing '}'");
  return asFault(pattern, () => replace(value, pattern, insert, all));
}

/** A pattern keeps its escapes: they say which `*` is meant literally. */
function operand(scan: Scan, stop: string, keepEscapes: boolean, missing: string): string {
  const before = scan.keepEscapes;
  scan.keepEscapes = before || keepEscapes;
  try {
    return scanUntil(scan, stop).text;
  } catch (error) {
    throw scan.at >= scan.chars.length ? new Fault(missing, '${') : error;
  } finally {
    scan.keepEscapes = before;
  }
}

/** Letters, digits and `_`; or digits alone; or one of the shell's special parameters, which are never set. */
function variableName(scan: Scan): string {
  const first = peek(scan);
  if (/\d/.test(first)) return takeWhile(scan, /\d/);
  if ('@*#?-$!'.includes(first)) return next(scan);
  return takeWhile(scan, /[\p{L}\p{Nd}_]/u);
}

function takeWhile(scan: Scan, pattern: RegExp): string {
  let text = '';
  while (pattern.test(peek(scan))) text += next(scan);
  return text;
}

/** Empty at the end. */
function peek(scan: Scan): string {
  return scan.chars[scan.at] ?? '';
}

function next(scan: Scan): string {
  const char = peek(scan);
  if (char !== '') scan.at++;
  return char;
}

const unsupported = (modifier: string) =>
  new Fault(`unsupported modifier (${modifier}) in substitution`, modifier);

function asFault<T>(word: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw new Fault(error instanceof Error ? error.message : String(error), word);
  }
}

/** Collects words: blanks end one only where the text may be split. */
function wordList() {
  const words: string[] = [];
  let word: string | undefined;
  const finish = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
    return words;
  };
  const addChar = (char: string) => {
    if (/\s/.test(char)) finish();
    else word = (word ?? '') + char;
  };
  const add = (piece: string, splits: boolean) => {
    if (splits) for (const char of piece) addChar(char);
    else word = (word ?? '') + piece;
  };
  return { add, finish };
}
