// Second step of a template: a tree of nodes from the scanned pieces.

import { type Pipeline, parsePipeline, trim } from './expression.ts';
import { unquote } from './quote.ts';
import { type Piece, type Placed, scan, TemplateError } from './scan.ts';

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | Jump
  | Call
  | Block;

/** What ends the round of a range early. */
export interface Jump {
  readonly kind: 'break' | 'continue';
}

export interface Block {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `{{template "name" pipeline}}`. */
export interface Call {
  readonly kind: 'template';
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
  /** Where error messages point to, and the text that they show. */
  readonly at: number;
  readonly text: string;
}

export interface Tree {
  readonly nodes: readonly Node[];
  /** What `define` and `block` have named. */
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

export function parse(text: string, functions: ReadonlySet<string>): Tree {
  const defined = new Map<string, readonly Node[]>();
  const lines = text.split('\n').length;
  const state: State = { pieces: scan(text), lines, functions, defined, variables: ['$'], ranges: 0 };
  return { nodes: takeNodes(state, '').nodes, defined };
}

interface State {
  readonly pieces: Piece[];
  readonly lines: number;
  readonly functions: ReadonlySet<string>;
  readonly defined: Map<string, readonly Node[]>;
  variables: readonly string[];
  /** How many ranges are open here. */
  ranges: number;
}

const blocks = ['if', 'with', 'range'] as const;
type BlockKind = (typeof blocks)[number];

/** Takes pieces up to the end of the block, whose kind is '' at the top; `ended` is the action that ends it. */
function takeNodes(state: State, inside: BlockKind | 'define' | '') {
  const nodes: Node[] = [];
  for (let piece = state.pieces.shift(); piece; piece = state.pieces.shift()) {
    if (piece.kind === 'text') {
      nodes.push({ kind: 'text', text: piece.text });
      continue;
    }
    const tokens = trim(piece.tokens);
    const word = tokens[0]?.kind === 'word' ? tokens[0].text : '';
    if (word === 'end' || word === 'else') {
      if (inside === '' || (inside === 'define' && word === 'else'))
        throw new TemplateError(`template: :1: unexpected {{${word}}}`);
      return { nodes, ended: tokens };
    }
    const node = takeAction(state, word, tokens);
    if (node) nodes.push(node);
  }
  if (inside !== '') throw new TemplateError(`template: :${state.lines}: unexpected EOF`);
  return { nodes, ended: [] };
}

function takeAction(state: State, word: string, tokens: readonly Placed[]): Node | undefined {
  const block = blocks.find((name) => name === word);
  if (block) return inScope(state, {}, () => takeBlock(state, block, trim(tokens.slice(1))));
  if (word === 'break' || word === 'continue') {
    if (state.ranges === 0) throw new TemplateError(`template: :1: {{${word}}} outside {{range}}`);
    return { kind: word };
  }
  if (word === 'define') {
    define(state, nameOf(word, tokens));
    return undefined;
  }
  if (word === 'template' || word === 'block') return takeCall(state, word, tokens);
  return { kind: 'print', pipeline: takePipeline(state, tokens) };
}

function takeBlock(state: State, kind: BlockKind, tokens: readonly Placed[]): Block {
  const pipeline = takePipeline(state, tokens);
  const ranges = state.ranges + Number(kind === 'range');
  const { nodes: body, ended } = inScope(state, { ranges }, () => takeNodes(state, kind));
  if (ended[0]?.text !== 'else') return { kind, pipeline, body, otherwise: [] };
  const rest = trim(ended.slice(1));
  const chained = blocks.find((name) => name === rest[0]?.text);
  // `else if` shares the end of the block that it belongs to.
  const otherwise = chained
    ? [takeBlock(state, chained, trim(rest.slice(1)))]
    : inScope(state, {}, () => takeNodes(state, kind)).nodes;
  return { kind, pipeline, body, otherwise };
}

/** A `block` is a definition and a call of it in one. */
function takeCall(state: State, word: 'template' | 'block', tokens: readonly Placed[]): Call {
  const name = nameOf(word, tokens);
  const [quoted, ...rest] = trim(tokens.slice(1));
  const pipeline = rest.length > 0 ? takePipeline(state, trim(rest)) : undefined;
  if (word === 'block') define(state, name);
  const argument = pipeline ? ` ${pipeline.text}` : '';
  return { kind: 'template', name, pipeline, at: quoted?.at ?? 0, text: `{{template "${name}"${argument}}}` };
}

/** A template of its own sees no variable but `$`. */
function define(state: State, name: string): void {
  const { nodes } = inScope(state, { variables: ['$'], ranges: 0 }, () => takeNodes(state, 'define'));
  state.defined.set(name, nodes);
}

function nameOf(word: string, tokens: readonly Placed[]): string {
  const [name] = trim(tokens.slice(1));
  if (name?.kind === 'string') return String(unquote(name.text));
  throw new TemplateError(`template: :1: unexpected ${JSON.stringify(name?.text ?? '}}')} in ${word} clause`);
}

function takePipeline(state: State, tokens: readonly Placed[]): Pipeline {
  const pipeline = parsePipeline(tokens, state);
  if (pipeline.declares) state.variables = [...state.variables, ...pipeline.variables];
  return pipeline;
}

/** What is declared inside is not known after it. */
function inScope<T>(state: State, change: Partial<Pick<State, 'variables' | 'ranges'>>, act: () => T): T {
  const { variables, ranges } = state;
  Object.assign(state, change);
  const made = act();
  Object.assign(state, { variables, ranges });
  return made;
}
