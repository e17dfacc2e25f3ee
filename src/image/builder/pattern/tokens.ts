/**
 * One matcher for the three pattern languages of a build: shell patterns in `${x#…}`, Go's filepath.Match in COPY,
 * and .dockerignore. It walks the set of positions that a pattern can have reached, so its cost is the product of
 * both lengths for any input; a regular expression would backtrack.
 */
export type Token =
  /** Exactly one character. */
  | { kind: 'one'; matches: (char: string) => boolean }
  /** Any number of them. */
  | { kind: 'many'; matches: (char: string) => boolean }
  /** Nothing, or any text that ends with a slash: `**` followed by `/`. */
  | { kind: 'directories' };

/** Every position at which a match that begins at `start` can end, ascending. */
export function matchEnds(tokens: readonly Token[], text: string, start = 0): number[] {
  let reached = [start];
  for (const token of tokens) {
    reached = advance(token, text, reached);
    if (reached.length === 0) break;
  }
  return reached;
}

export function matchesWhole(tokens: readonly Token[], text: string): boolean {
  return matchEnds(tokens, text).at(-1) === text.length;
}

export const anyChar = () => true;
export const notSlash = (char: string) => char !== '/';
export const literal = (wanted: string): Token => ({ kind: 'one', matches: (char) => char === wanted });

function advance(token: Token, text: string, from: number[]): number[] {
  switch (token.kind) {
    case 'one':
      return from.flatMap((at) => {
        const char = charAt(text, at);
        return char !== '' && token.matches(char) ? [at + char.length] : [];
      });
    case 'many':
      return extend(text, from, token.matches);
    case 'directories':
      return throughDirectories(text, from);
  }
}

/** Each start, and all that can be reached from it; a start inside the run of an earlier one adds nothing. */
function extend(text: string, from: number[], matches: (char: string) => boolean): number[] {
  const reached: number[] = [];
  let end = -1;
  for (const start of from) {
    if (start <= end) continue;
    reached.push(start);
    end = start;
    for (let char = charAt(text, end); char !== '' && matches(char); char = charAt(text, end)) {
      end += char.length;
      reached.push(end);
    }
  }
  return reached;
}

function throughDirectories(text: string, from: number[]): number[] {
  const reached = new Set(from);
  const first = from[0] ?? text.length;
  for (let at = text.indexOf('/', first); at >= 0; at = text.indexOf('/', at + 1)) reached.add(at + 1);
  return [...reached].sort((a, b) => a - b);
}

/** The whole character at a position, two units long beyond the basic plane; empty at the end. */
function charAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
