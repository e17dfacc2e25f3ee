/** Patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: POSIX shell patterns with `*` and `?`, without brackets. */
import { anyChar, literal, matchEnds, type Token } from './tokens.ts';

/** Throws an Error with BuildKit's words for an escape that means nothing. */
export function compileShellPattern(pattern: string): Token[] {
  const tokens: Token[] = [];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at++) {
    let char = chars[at] ?? '';
    if (char === '\\') {
      char = chars[++at] ?? '';
      if (!'*?\\}/'.includes(char) || char === '') throw new Error(`invalid escape '\\${char}'`);
      tokens.push(literal(char));
    } else if (char === '*') tokens.push({ kind: 'many', matches: anyChar });
    else if (char === '?') tokens.push({ kind: 'one', matches: anyChar });
    else tokens.push(literal(char));
  }
  return tokens;
}

export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  const ends = matchEnds(tokensFor(value, pattern), value);
  const end = longest ? ends.at(-1) : ends[0];
  return end === undefined ? value : value.slice(end);
}

export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const ends = matchEnds(tokensFor(value, pattern).reverse(), reversed(value));
  const end = longest ? ends.at(-1) : ends[0];
  return end === undefined ? value : value.slice(0, value.length - end);
}

/** The longest match from the left is replaced; with `all`, each that follows too. */
export function replace(value: string, pattern: string, replacement: string, all: boolean): string {
  const tokens = tokensFor(value, pattern);
  const starts = matchStarts(tokens, value);
  let result = '';
  for (let at = 0; at <= value.length; ) {
    const end = starts.has(at) ? matchEnds(tokens, value, at).at(-1) : undefined;
    if (end === undefined || end === at) {
      result += value.slice(at, at + 1);
      at++;
      continue;
    }
    result += replacement;
    at = end;
    if (!all) return result + value.slice(at);
  }
  return result;
}

/** Each token looks at each character: beyond this many, a build would hold the daemon up. */
const WORK_MAX = 20_000_000;

function tokensFor(value: string, pattern: string): Token[] {
  const tokens = compileShellPattern(pattern);
  if (tokens.length * value.length > WORK_MAX) throw new Error('the value is too long for this pattern');
  return tokens;
}

/** Where a match can begin: read backwards, that is where one can end. Spares the places where it would fail. */
function matchStarts(tokens: readonly Token[], value: string): Set<number> {
  const anywhere: Token = { kind: 'many', matches: anyChar };
  const ends = matchEnds([anywhere, ...tokens.toReversed()], reversed(value));
  return new Set(ends.map((end) => value.length - end));
}

/** By whole characters. */
const reversed = (text: string) => Array.from(text).reverse().join('');
