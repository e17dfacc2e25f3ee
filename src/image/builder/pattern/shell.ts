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
  const ends = matchEnds(compileShellPattern(pattern), value);
  const end = longest ? ends.at(-1) : ends[0];
  return end === undefined ? value : value.slice(end);
}

export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const tokens = compileShellPattern(pattern);
  const starts = Array.from({ length: value.length + 1 }, (_, start) => start);
  const start = (longest ? starts : starts.reverse()).find((at) => reachesEnd(tokens, value, at));
  return start === undefined ? value : value.slice(0, start);
}

/** The longest match from the left is replaced; with `all`, each that follows too. */
export function replace(value: string, pattern: string, replacement: string, all: boolean): string {
  const tokens = compileShellPattern(pattern);
  let result = '';
  for (let at = 0; at <= value.length; ) {
    const end = matchEnds(tokens, value, at).at(-1);
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

function reachesEnd(tokens: readonly Token[], value: string, start: number): boolean {
  return matchEnds(tokens, value, start).at(-1) === value.length;
}
