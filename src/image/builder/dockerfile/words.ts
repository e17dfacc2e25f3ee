/** How the rest of an instruction's line is cut: quoted words, `name=value` pairs, JSON arrays, `--flags` in front. */
import { Fault } from './fault.ts';

/** Splits at blanks outside quotes; quotes and escapes stay in the words, for expansion to take away later. */
export function splitQuoted(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let begun = false;
  const chars = Array.from(text);
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (quote === '' && /\s/.test(char)) {
      if (begun) words.push(word);
      word = '';
      begun = false;
      continue;
    }
    begun = true;
    if (char === escapeChar && quote !== "'") {
      // At the very end there is nothing to escape, and the character is dropped.
      if (at + 1 < chars.length) word += char + chars[++at];
      continue;
    }
    if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    word += char;
  }
  if (begun && word !== '') words.push(word);
  return words;
}

export interface Pair {
  name: string;
  value: string;
}

/** `a=1 b="2 3"`, or the old `name the rest of the line`. */
export function splitPairs(text: string, instruction: string, escapeChar: string): Pair[] {
  const words = splitQuoted(text, escapeChar);
  const [first] = words;
  if (first === undefined) throw new Fault(`${instruction} requires at least one argument`);
  if (!first.includes('=')) return [oldPair(text, instruction)];
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) {
      const reason = `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`;
      throw new Fault(reason, word);
    }
    if (equals === 0) throw new Fault(`${instruction} names can not be blank`, word);
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function oldPair(text: string, instruction: string): Pair {
  const [, name = '', value] = /^(\S+)\s+(.*)$/s.exec(text.trim()) ?? [];
  if (value === undefined) throw new Fault(`${instruction} must have two arguments`, text.trim());
  return { name, value };
}

/** Undefined if it is no JSON array at all, which means the shell form; a Fault if it holds more than strings. */
export function parseJsonForm(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const other = value.find((item) => typeof item !== 'string');
  if (other === undefined) return value;
  const reason = 'when using JSON array syntax, arrays must be comprised of strings only';
  throw new Fault(reason, JSON.stringify(other));
}

/** Takes `--name=value` words off the front. They may be quoted; `--` alone ends them. */
export function takeFlags(text: string, escapeChar: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = text.trimStart();
  while (rest.startsWith('--')) {
    const { word, length } = flagWord(rest, escapeChar);
    rest = rest.slice(length).trimStart();
    if (word === '--') break;
    flags.push(word);
  }
  return { flags, rest };
}

/** One word with its quotes and escapes taken away, and how much of the text it was. */
function flagWord(text: string, escapeChar: string): { word: string; length: number } {
  let word = '';
  let quote = '';
  let at = 0;
  for (; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote === '' && /\s/.test(char)) break;
    if (char === escapeChar && at + 1 < text.length) word += text[++at];
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    else word += char;
  }
  return { word, length: at };
}
