// Second step of a template: a tree of nodes from the scanned pieces.

import { type Piece, type Placed, scan, TemplateError } from './scan.ts';

export type Expression =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string; readonly at: number }
  | FieldChain
  | { readonly kind: 'pipeline'; readonly commands: readonly (readonly Expression[])[] };

/** `.A.B.C`, or fields of something else in front of them. */
export interface FieldChain {
  readonly kind: 'field';
  readonly of: Expression;
  readonly names: readonly string[];
  /** Where error messages point to, and the text that they show. */
  readonly at: number;
  readonly text: string;
}

export interface Pipeline {
  /** Variables that take the value: none, one, or two in a range. */
  readonly variables: readonly string[];
  readonly declares: boolean;
  readonly value: Expression;
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | Block;

export interface Block {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: Node[];
  readonly otherwise: Node[];
}

const blocks = ['if', 'with', 'range'] as const;

export function parse(text: string): Node[] {
  return parseNodes(scan(text), text, false).nodes;
}

/** Takes pieces up to the end of the block; `ended` tells with which word. */
function parseNodes(pieces: Piece[], text: string, inside: boolean): { nodes: Node[]; ended: Placed[] } {
  const nodes: Node[] = [];
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    if (piece.kind === 'text') {
      nodes.push({ kind: 'text', text: piece.text });
      continue;
    }
    const tokens = trim(piece.tokens);
    const word = tokens[0]?.kind === 'word' ? tokens[0].text : '';
    if (word === 'end' || word === 'else') {
      if (!inside) throw new TemplateError(`template: :1: unexpected {{${word}}}`);
      return { nodes, ended: tokens };
    }
    const block = blocks.find((name) => name === word);
    nodes.push(
      block
        ? parseBlock(block, tokens.slice(1), pieces, text)
        : { kind: 'print', pipeline: parsePipeline(tokens) },
    );
  }
  if (inside) throw new TemplateError(`template: :${text.split('\n').length}: unexpected EOF`);
  return { nodes, ended: [] };
}

function parseBlock(kind: (typeof blocks)[number], tokens: Placed[], pieces: Piece[], text: string): Node {
  const pipeline = parsePipeline(trim(tokens));
  const { nodes: body, ended } = parseNodes(pieces, text, true);
  if (ended[0]?.text !== 'else') return { kind, pipeline, body, otherwise: [] };
  const rest = trim(ended.slice(1));
  const chained = blocks.find((name) => name === rest[0]?.text);
  // `else if` shares the end of the block that it belongs to.
  if (chained) return { kind, pipeline, body, otherwise: [parseBlock(chained, rest.slice(1), pieces, text)] };
  return { kind, pipeline, body, otherwise: parseNodes(pieces, text, true).nodes };
}

function parsePipeline(tokens: readonly Placed[]): Pipeline {
  const sign = tokens.findIndex(
    (token) => token.kind === 'mark' && (token.text === ':=' || token.text === '='),
  );
  const variables = tokens.slice(0, Math.max(0, sign)).filter((token) => token.kind === 'variable');
  const rest = trim(tokens.slice(sign + 1));
  const value = parseExpression(rest);
  if (rest.length > 0)
    throw new TemplateError(`template: :1: unexpected ${JSON.stringify(rest[0]?.text)} in command`);
  return { variables: variables.map((token) => token.text), declares: tokens[sign]?.text === ':=', value };
}

/** Commands separated by `|`, up to a closing parenthesis; takes what it reads from `tokens`. */
function parseExpression(tokens: Placed[]): Expression {
  const commands: Expression[][] = [[]];
  for (let token = tokens[0]; token && token.text !== ')'; token = tokens[0]) {
    const isPipe = token.kind === 'mark' && token.text === '|';
    if (isPipe) commands.push([]);
    if (isPipe || token.kind === 'space') tokens.shift();
    else commands.at(-1)?.push(parseOperand(tokens));
  }
  if (commands.some((command) => command.length === 0))
    throw new TemplateError('template: :1: missing value for command');
  return { kind: 'pipeline', commands };
}

function parseOperand(tokens: Placed[]): Expression {
  const token = tokens.shift();
  if (!token) throw new TemplateError('template: :1: missing value for command');
  const first = token.kind === 'field' ? [token] : [];
  const of: Expression = token.kind === 'field' ? { kind: 'dot' } : parseTerm(token, tokens);
  const fields = [...first];
  for (let next = tokens[0]; next?.kind === 'field'; next = tokens[0]) {
    fields.push(next);
    tokens.shift();
  }
  if (fields.length === 0) return of;
  const shown = token.kind === 'variable' ? [token, ...fields] : fields;
  const text = shown.map((each) => each.text).join('');
  // Go points to the second part of a chain, for it becomes a chain only there.
  const at = shown[1]?.at ?? token.at;
  return { kind: 'field', of, names: fields.map((each) => each.text.slice(1)), at, text };
}

const constants = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

function parseTerm(token: Placed, tokens: Placed[]): Expression {
  const { at, text } = token;
  if (token.kind === 'variable') return { kind: 'variable', name: text };
  if (token.kind === 'string') return { kind: 'literal', value: unquote(text) };
  if (token.kind === 'number') return { kind: 'literal', value: Number(text) };
  if (token.kind === 'word') {
    return constants.has(text)
      ? { kind: 'literal', value: constants.get(text) }
      : { kind: 'function', name: text, at };
  }
  if (text === '.') return { kind: 'dot' };
  if (text === '(') {
    const inner = parseExpression(tokens);
    if (tokens.shift()?.text !== ')') throw new TemplateError('template: :1: unclosed left paren');
    return inner;
  }
  throw new TemplateError(`template: :1: unexpected ${JSON.stringify(text)} in operand`);
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function unquote(text: string): unknown {
  const inner = text.slice(1, -1);
  if (text.startsWith('`')) return inner;
  const plain = inner.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|(.))/gi, (_, hex, wide, sign) =>
    sign === undefined ? String.fromCharCode(Number.parseInt(hex ?? wide, 16)) : (escapes[sign] ?? sign),
  );
  return text.startsWith("'") ? plain.codePointAt(0) : plain;
}

function trim(tokens: readonly Placed[]): Placed[] {
  const kept = [...tokens];
  while (kept[0]?.kind === 'space') kept.shift();
  while (kept.at(-1)?.kind === 'space') kept.pop();
  return kept;
}
