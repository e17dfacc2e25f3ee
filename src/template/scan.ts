// First step of a template: splits the text into plain text and the tokens of each {{action}}.

export type Token =
  | { readonly kind: 'field'; readonly text: string }
  | { readonly kind: 'variable'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'space'; readonly text: string };

/** `at` is the offset of the token in the template, for error messages. */
export type Placed = Token & { readonly at: number };
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Placed[]; readonly at: number };

export class TemplateError extends Error {
  /** What had been printed by then: Go writes as it goes. */
  printed = '';
}

export function scan(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const plain = text.slice(at, open < 0 ? undefined : open);
    if (open < 0) {
      pieces.push({ kind: 'text', text: plain });
      break;
    }
    const trimsLeft = /^\{\{-\s/.test(text.slice(open, open + 4));
    pieces.push({ kind: 'text', text: trimsLeft ? plain.trimEnd() : plain });
    const action = scanAction(text, open + (trimsLeft ? 3 : 2));
    if (action.tokens) pieces.push({ kind: 'action', tokens: action.tokens, at: open });
    at = action.end;
    if (action.trimsRight) at += text.slice(at).length - text.slice(at).trimStart().length;
  }
  return pieces;
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /\s+/y],
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'/y],
  ['number', /[+-]?(?:0x[\da-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/y],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['variable', /\$[\p{L}\p{N}_]*/uy],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['mark', /:=|[.|(),=]/y],
];

/** A comment has no tokens at all. */
function scanAction(text: string, start: number): { tokens?: Placed[]; end: number; trimsRight: boolean } {
  const comment = /\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/y;
  comment.lastIndex = start;
  const skipped = comment.exec(text);
  if (skipped) return { end: comment.lastIndex, trimsRight: skipped[1] === '-' };
  const tokens: Placed[] = [];
  for (let at = start; ; ) {
    const close = /^(?:\s-)?\}\}/.exec(text.slice(at, at + 4))?.[0];
    if (close) return { tokens, end: at + close.length, trimsRight: close.length > 2 };
    if (at >= text.length) throw new TemplateError(`template: :${lineOf(text, start)}: unclosed action`);
    const token = nextToken(text, at, tokens.at(-1)?.kind);
    tokens.push(token);
    at += token.text.length;
  }
}

const wordLike: ReadonlySet<Token['kind'] | undefined> = new Set(['field', 'variable', 'word'] as const);

/** `before` is the kind of the token that stands there already. */
function nextToken(text: string, at: number, before: Token['kind'] | undefined): Placed {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match) return { kind, text: match, at };
  }
  const sign = text.slice(at, at + 1);
  const code = `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} '${sign}'`;
  const said =
    sign === '"'
      ? 'unterminated quoted string'
      : wordLike.has(before)
        ? `bad character ${code}`
        : `unrecognized character in action: ${code}`;
  throw new TemplateError(`template: :${lineOf(text, at)}: ${said}`);
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
