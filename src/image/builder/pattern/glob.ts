/** Wildcards of COPY and ADD: Go's path/filepath.Match, where nothing but a written slash matches a slash. */
import { invalidArgument } from '../../../core/errors.ts';
import { literal, matchesWhole, notSlash, type Token } from './tokens.ts';

export function hasWildcards(path: string): boolean {
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '\\') at++;
    else if ('*?['.includes(path[at] ?? '')) return true;
  }
  return false;
}

/** Throws `invalid-argument` "syntax error in pattern", as Go's ErrBadPattern. */
export function compileGlob(pattern: string): (path: string) => boolean {
  const tokens = globTokens(pattern);
  return (path) => matchesWhole(tokens, path);
}

/** A token that the pattern's characters make from `at` on; `last` is the last of them. */
interface Found {
  token: Token;
  last: number;
}

/** `special`: what a language knows beyond Match's own words. Throws as `compileGlob`. */
export function globTokens(
  pattern: string,
  special: (chars: readonly string[], at: number) => Found | undefined = () => undefined,
): Token[] {
  const tokens: Token[] = [];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at++) {
    const { token, last } = special(chars, at) ?? ordinary(chars, at, pattern);
    tokens.push(token);
    at = last;
  }
  return tokens;
}

function ordinary(chars: readonly string[], at: number, pattern: string): Found {
  const char = required(chars[at], pattern);
  switch (char) {
    case '*':
      return { token: { kind: 'many', matches: notSlash }, last: at };
    case '?':
      return { token: { kind: 'one', matches: notSlash }, last: at };
    case '\\':
      return { token: literal(required(chars[at + 1], pattern)), last: at + 1 };
    case '[':
      return bracket(chars, at + 1, pattern);
    default:
      return { token: literal(char), last: at };
  }
}

/** `[a-c]`, `[^x]`: `first` is the character behind the bracket; `last` comes back as the closing one. */
export function bracket(chars: readonly string[], first: number, pattern: string): Found {
  const ranges: [string, string][] = [];
  let at = first;
  const negated = chars[at] === '^';
  if (negated) at++;
  while (chars[at] !== ']' || ranges.length === 0) {
    const low = classChar(chars, at, pattern);
    at = low.next;
    if (chars[at] !== '-') {
      ranges.push([low.char, low.char]);
      continue;
    }
    const high = classChar(chars, at + 1, pattern);
    at = high.next;
    ranges.push([low.char, high.char]);
  }
  const inside = (char: string) => ranges.some(([low, high]) => low <= char && char <= high);
  return { token: { kind: 'one', matches: (char) => inside(char) !== negated }, last: at };
}

function classChar(chars: readonly string[], at: number, pattern: string): { char: string; next: number } {
  const char = required(chars[at], pattern);
  if (char === '-' || char === ']') throw badPattern(pattern);
  if (char !== '\\') return { char, next: at + 1 };
  return { char: required(chars[at + 1], pattern), next: at + 2 };
}

/** Throws for the end of the pattern. */
export function required(char: string | undefined, pattern: string): string {
  if (char === undefined) throw badPattern(pattern);
  return char;
}

const badPattern = (pattern: string) =>
  invalidArgument(`syntax error in pattern: ${JSON.stringify(pattern)}`);
