// The inside of an {{action}}: pipelines of commands, made of operands.

import { unquote } from './quote.ts';
import { type Placed, TemplateError } from './scan.ts';

export type Expression =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | FieldChain
  | { readonly kind: 'pipeline'; readonly commands: readonly Command[] };

/** `.A.B.C`, or fields of something else in front of them. */
export interface FieldChain {
  readonly kind: 'field';
  readonly of: Expression;
  readonly names: readonly string[];
  /** Where error messages point to, and the text that they show. */
  readonly at: number;
  readonly text: string;
}

/** What stands between two bars: one operand, or a function (a field) with its arguments. */
export interface Command {
  readonly operands: readonly Expression[];
  readonly at: number;
  readonly text: string;
}

export interface Pipeline {
  /** Variables that take the value: none, one, or two in a range. */
  readonly variables: readonly string[];
  readonly declares: boolean;
  readonly value: Expression;
  /** For error messages, as in FieldChain. */
  readonly at: number;
  readonly text: string;
}

/** What a template may name. */
export interface Names {
  readonly functions: ReadonlySet<string>;
  readonly variables: readonly string[];
}

export function parsePipeline(tokens: readonly Placed[], names: Names): Pipeline {
  const sign = tokens.findIndex(
    (token) => token.kind === 'mark' && (token.text === ':=' || token.text === '='),
  );
  const variables = tokens.slice(0, Math.max(0, sign)).filter((token) => token.kind === 'variable');
  const declares = tokens[sign]?.text === ':=';
  if (!declares) for (const { text } of variables) checkVariable(text, names);
  const rest = trim(tokens.slice(sign + 1));
  const { at, text } = spanOf(rest);
  const value = parseExpression(rest, names);
  if (rest.length > 0)
    throw new TemplateError(`template: :1: unexpected ${JSON.stringify(rest[0]?.text)} in command`);
  return { variables: variables.map((token) => token.text), declares, value, at, text };
}

/** Commands separated by `|`, up to a closing parenthesis; takes what it reads from `tokens`. */
function parseExpression(tokens: Placed[], names: Names): Expression {
  const commands: Command[] = [];
  do {
    if (tokens[0]?.text === '|') tokens.shift();
    commands.push(parseCommand(tokens, names));
  } while (tokens[0]?.text === '|');
  return { kind: 'pipeline', commands };
}

function parseCommand(tokens: Placed[], names: Names): Command {
  const whole = [...tokens];
  const operands: Expression[] = [];
  const ends = (token: Placed) => token.kind === 'mark' && (token.text === '|' || token.text === ')');
  for (let token = tokens[0]; token && !ends(token); token = tokens[0]) {
    if (token.kind === 'space') tokens.shift();
    else operands.push(parseOperand(tokens, names));
  }
  const [head] = operands;
  if (!head) throw new TemplateError('template: :1: missing value for command');
  return { operands, ...spanOf(trim(whole.slice(0, whole.length - tokens.length))) };
}

function spanOf(tokens: readonly Placed[]): { at: number; text: string } {
  return { at: tokens[0]?.at ?? 0, text: tokens.map((token) => token.text).join('') };
}

function parseOperand(tokens: Placed[], names: Names): Expression {
  const token = tokens.shift();
  if (!token) throw new TemplateError('template: :1: missing value for command');
  const first = token.kind === 'field' ? [token] : [];
  const of: Expression = token.kind === 'field' ? { kind: 'dot' } : parseTerm(token, tokens, names);
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

function parseTerm(token: Placed, tokens: Placed[], names: Names): Expression {
  const { text } = token;
  if (token.kind === 'variable') return { kind: 'variable', name: checkVariable(text, names) };
  if (token.kind === 'string') return { kind: 'literal', value: unquote(text) };
  if (token.kind === 'number') return { kind: 'literal', value: Number(text) };
  if (token.kind === 'word') {
    if (constants.has(text)) return { kind: 'literal', value: constants.get(text) };
    if (!names.functions.has(text)) throw new TemplateError(`template: :1: function "${text}" not defined`);
    return { kind: 'function', name: text };
  }
  if (text === '.') return { kind: 'dot' };
  if (text === '(') {
    const inner = parseExpression(tokens, names);
    if (tokens.shift()?.text !== ')') throw new TemplateError('template: :1: unclosed left paren');
    return inner;
  }
  throw new TemplateError(`template: :1: unexpected ${JSON.stringify(text)} in operand`);
}

function checkVariable(name: string, { variables }: Names): string {
  if (!variables.includes(name)) throw new TemplateError(`template: :1: undefined variable "${name}"`);
  return name;
}

export function trim(tokens: readonly Placed[]): Placed[] {
  const kept = [...tokens];
  while (kept[0]?.kind === 'space') kept.shift();
  while (kept.at(-1)?.kind === 'space') kept.pop();
  return kept;
}
